import { access } from './access.ts';
import { account } from './account.ts';
import { alerts } from './alerts.ts';
import { audit } from './audit.ts';
import { common } from './common.ts';
import { events } from './events.ts';
import { groups } from './groups.ts';
import { jobs } from './jobs.ts';
import { overview } from './overview.ts';
import { rules } from './rules.ts';
import { search } from './search.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { signIn } from './sign-in.ts';
import { start } from './start.ts';
import { stores } from './stores.ts';

export const zh = {
  access,
  account,
  alerts,
  audit,
  common,
  events,
  groups,
  jobs,
  overview,
  rules,
  search,
  settings,
  shell,
  signIn,
  start,
  stores,
} as const;
