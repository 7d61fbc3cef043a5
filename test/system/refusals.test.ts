import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningServer } from './running-server.ts';

/** What a server says that cannot start: one clear sentence, the exit code, and nothing else touched. */
describe('a server that cannot start', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await RunningServer.start();
  }, 120_000);

  afterAll(async () => {
    await server.stop();
  });

  const start = (env: Readonly<Record<string, string>>, args: readonly string[] = []) => {
    const all = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', SLUICE_DEMO: '0', ...env };
    return spawnSync(process.execPath, ['src/main.ts', 'server', ...args], { env: all, encoding: 'utf8', timeout: 60_000 });
  };

  it('names the process that owns the data directory', () => {
    const done = start({ SLUICE_DATA_DIR: server.dataDir, SLUICE_HTTP_PORT: '0', SLUICE_SLS_PORT: '0' });
    expect(done.status).not.toBe(0);
    expect(done.stderr).toContain(String(server.pid));
    expect(done.stderr).not.toContain('    at ');
  });

  it.each([
    ['SLUICE_HTTP_PORT', () => server.httpPort],
    ['SLUICE_SLS_PORT', () => server.slsPort],
  ])('names the port that is in use (%s)', (name, port) => {
    const done = start({ SLUICE_DATA_DIR: `${server.dataDir}-other`, SLUICE_HTTP_PORT: '0', SLUICE_SLS_PORT: '0', [name]: String(port()) });
    expect(done.status).not.toBe(0);
    expect(done.stderr).toContain(`port ${port()}`);
    expect(done.stderr).toContain('in use');
    expect(done.stderr).not.toContain('    at ');
  });

  it('names every wrong setting at once', () => {
    const done = start({
      SLUICE_DATA_DIR: `${server.dataDir}-other`,
      SLUICE_HTTP_PORT: 'many',
      SLUICE_STREAM_RETENTION_HOURS: '-1',
      SLUICE_NO_SUCH: '1',
    });
    expect(done.status).not.toBe(0);
    for (const name of ['SLUICE_HTTP_PORT', 'SLUICE_STREAM_RETENTION_HOURS', 'SLUICE_NO_SUCH']) expect(done.stderr).toContain(name);
  });

  it('left the one that runs alone', async () => {
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});
