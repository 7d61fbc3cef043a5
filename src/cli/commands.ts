import type { Command } from './command.ts';
import { alertsCommand } from './commands/alerts.ts';
import { createCommand } from './commands/create.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { eventsCommand } from './commands/events.ts';
import { groupsCommand } from './commands/groups.ts';
import { logstoresCommand } from './commands/logstores.ts';
import { pullCommand } from './commands/pull.ts';
import { putCommand } from './commands/put.ts';
import { queryCommand } from './commands/query.ts';
import { serverCommand } from './commands/server.ts';
import { versionCommand } from './commands/version.ts';

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  serverCommand,
  putCommand,
  queryCommand,
  pullCommand,
  createCommand,
  logstoresCommand,
  groupsCommand,
  eventsCommand,
  alertsCommand,
  doctorCommand,
  demoCommand,
  versionCommand,
];
