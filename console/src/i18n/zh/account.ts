import type { account as en } from '../en/account.ts';
import type { Translation } from '../messages.ts';

export const account: Translation<typeof en> = {
  title: '我的账号',
  user: '用户',
  name: '名称',
  role: '角色',
  expires: '会话到期',
  change: '修改密码',
  generated: '当前仍是首次启动时生成的密码，请改为您自己的密码。',
  current: '当前密码',
  next: '新密码',
  again: '再次输入新密码',
  hint: '8 至 256 个字符。您的其他会话将结束。',
  differ: '两次输入的新密码不一致。',
  wrong: '当前密码错误。',
  save: '修改密码',
  changed: '密码已修改',
};
