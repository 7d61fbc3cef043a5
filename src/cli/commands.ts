import type { Command } from './command.ts';

/** In the order of the help. A command is loaded when it runs: none waits for engines, schemas and clients that another one needs. */
export const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  server: async () => (await import('./commands/server.ts')).serverCommand,
  put: async () => (await import('./commands/put.ts')).putCommand,
  query: async () => (await import('./commands/query.ts')).queryCommand,
  pull: async () => (await import('./commands/pull.ts')).pullCommand,
  create: async () => (await import('./commands/create.ts')).createCommand,
  ship: async () => (await import('./commands/ship.ts')).shipCommand,
  logstores: async () => (await import('./commands/logstores.ts')).logstoresCommand,
  groups: async () => (await import('./commands/groups.ts')).groupsCommand,
  events: async () => (await import('./commands/events.ts')).eventsCommand,
  alerts: async () => (await import('./commands/alerts.ts')).alertsCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctorCommand,
  demo: async () => (await import('./commands/demo.ts')).demoCommand,
  version: async () => (await import('./commands/version.ts')).versionCommand,
};
