import type { alerts as english } from '../en/alerts.ts';
import type { Translation } from '../messages.ts';

export const alerts: Translation<typeof english> = {
  title: '告警',
  tabs: '状态',
  filter: { severity: '级别', cloud: '云', entity: '实体', entityHint: '实体值', rule: '规则' },
  newAlerts: '新告警',
  ofAll: '/ 共 {{total}}',
  trend: '最近 24 小时产生',
  bySeverity: '按级别',
  median: '确认时间中位数 {{time}}',
  columns: { time: '最近出现', what: '发生了什么', entity: '实体', status: '状态', event: '事件' },
  empty: '没有符合此状态和筛选条件的告警。',
  shown: '显示 {{shown}} / {{total}}',
  preview: '预览',
  raised: '{{at}}，{{later}} 后产生',
  count_other: '{{count}} 次命中',
  acknowledge: '确认',
  closeIt: '关闭',
  openEvent: '打开 {{id}}',
  why: '触发原因',
  entities: '实体',
  changed: '{{id}}：{{status}}',
  keys: { move: '移动', status: '新建、确认、关闭', assign: '认领', select: '选择', undo: '撤销' },
};
