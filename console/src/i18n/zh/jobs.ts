import type { jobs as english } from '../en/jobs.ts';
import type { Translation } from '../messages.ts';

export const jobs: Translation<typeof english> = {
  title: '流水线任务',
  running: '运行的任务',
  counts: '{{total}} 个中 {{running}} 个在运行',
  attention_other: '{{count}} 个任务需要处理',
  empty: '此进程中没有任务。',
  columns: {
    job: '任务',
    state: '状态',
    lag: '最大延迟',
    note: '最近动作',
    progress: '最近进展',
    restarts: '重启次数',
    logstore: '日志库',
  },
  states: { running: '运行中', waiting: '即将重启', stopped: '已停止', failed: '失败', done: '已完成' },
  restart: '重新启动',
  stop: '停止',
  stopTitle: '停止 {{name}}？',
  stopBody: '在此处启动或进程重启之前，它保持停止，期间的工作会等待。',
  steps: '各步骤延迟',
  stepsNote: '步骤尚未处理的最早日志距今的时间',
  stepsEmpty: '还没有日志库收到日志。',
  step: { index: '索引', standardize: '标准化', detect: '检测' },
  inStep: '正常',
  groups_other: '{{count}} 个日志组',
};
