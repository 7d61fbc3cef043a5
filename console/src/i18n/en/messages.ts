import { alerts } from './alerts.ts';
import { common } from './common.ts';
import { events } from './events.ts';
import { overview } from './overview.ts';
import { search } from './search.ts';
import { shell } from './shell.ts';
import { signIn } from './sign-in.ts';

export const en = { alerts, common, events, overview, search, shell, signIn } as const;
