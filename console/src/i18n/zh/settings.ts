import type { settings as english } from '../en/settings.ts';
import type { Translation } from '../messages.ts';

export const settings: Translation<typeof english> = {
  title: '设置',
  note: '启动后生效，通过文件或环境变量修改',
  find: '查找设置',
  from: '来源',
  origins: { default: '默认', file: '文件', environment: '环境变量', 'first start': '首次启动' },
  columns: { name: '设置', value: '值', from: '来源', variable: '环境变量', what: '说明' },
  shown_other: '{{count}} 项设置',
  empty: '没有符合筛选条件的设置。',
  notSet: '未设置',
  hidden: '已隐藏',
};
