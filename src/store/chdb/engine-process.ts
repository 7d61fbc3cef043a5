/*
 * The process of the embedded engine (design D3): `embedded-store.ts` starts it with an IPC channel, sends its options and hears the port. It ends when the channel closes,
 * whatever ended the parent: the data directory must be free for the next start.
 */
import { Session } from 'chdb';
import { rmSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { countBuffersAsHeap } from '../../core/collector.ts';
import type { EngineMessage, EngineOptions } from './engine-options.ts';
import { EngineServer } from './engine-server.ts';
import { SessionPool } from './session-pool.ts';

countBuffersAsHeap();

function say(message: EngineMessage): void {
  process.send?.(message);
}

async function start(options: EngineOptions): Promise<void> {
  const open = (): Session => new Session(options.folder, { connectionArgs: [`--config-file=${options.configFile}`] });
  // Bodies of a process that was killed: nobody reads them any more.
  for (const name of readdirSync(options.bodyFolder)) {
    if (name.startsWith('rows-')) rmSync(join(options.bodyFolder, name), { force: true });
  }
  const first = open();
  first.query(`CREATE DATABASE IF NOT EXISTS ${options.database} ENGINE = Atomic`, 'TSV');
  const control = new SessionPool(open, 2, options.database);
  const pool = new SessionPool(open, options.sessions, options.database);
  first.close();
  const server = new EngineServer(options, pool, control);
  const port = await server.listen(options.host, options.port);
  const end = (): void => {
    server.close();
    // Statements under way are cut off; what was answered is on the disk. Tearing the engine down while one runs can hang: then there is no tidy end.
    if (!pool.idle || !control.idle) process.kill(process.pid, 'SIGKILL');
    pool.close();
    control.close();
    process.exit(0);
  };
  process.on('disconnect', end);
  process.on('SIGTERM', end);
  // The parent decides: a Ctrl-C in a terminal reaches all processes of its group.
  process.on('SIGINT', () => {});
  say({ port });
}

process.once('message', (options: EngineOptions) => {
  start(options).catch((thrown: unknown) => {
    say({ failed: thrown instanceof Error ? thrown.message : String(thrown) });
    process.exit(1);
  });
});
