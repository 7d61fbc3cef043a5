import { common } from './common.ts';
import { events } from './events.ts';
import { search } from './search.ts';
import { shell } from './shell.ts';
import { signIn } from './sign-in.ts';

export const zh = { common, events, search, shell, signIn } as const;
