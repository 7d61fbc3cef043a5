import type { signIn as en } from '../en/sign-in.ts';
import type { Translation } from '../messages.ts';

export const signIn: Translation<typeof en> = {
  title: '登录',
  times: '{{host}}，时间均为 {{zone}}',
  user: '用户',
  password: '密码',
  userNeeded: '请输入用户名。',
  passwordNeeded: '请输入密码。',
  submit: '登录',
  wrong: '用户名或密码错误。',
  tooMany: '尝试次数过多，请一分钟后再试。',
  offline: '服务器没有响应。',
  firstStart: '首次启动？密码已在终端中打印一次，也保存在服务器的',
  firstStartEnd: '中。',
  allReady: '全部就绪',
  noAnswer: '无响应',
  partsFailing_other: '{{count}} 个部件未就绪',
  version: '版本 {{version}}',
  dark: '深色',
  light: '浅色',
};
