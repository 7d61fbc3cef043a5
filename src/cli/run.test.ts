import { spawnSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { quietContext } from '../core/context.ts';
import { restSetup, type RestSetup } from '../api/rest/testing/rest-setup.ts';
import type { Io } from './command.ts';
import { COMMANDS } from './commands.ts';
import { runCommand } from './run.ts';

let setup: RestSetup;
let url: string;
beforeAll(async () => {
  setup = await restSetup();
  await setup.app.listen({ port: 0, host: '127.0.0.1' });
  url = `http://127.0.0.1:${(setup.app.server.address() as AddressInfo).port}`;
  const token = await setup.signIn('admin', setup.password);
  await setup.call('POST', '/projects', { token, body: { name: 'secure' } });
  await setup.call('POST', '/projects/secure/logstores', { token, body: { name: 'waf', ttlDays: 30, shardCount: 4 } });
});
afterAll(() => setup.close());

async function sluice(
  args: readonly string[],
  env: Record<string, string> = {},
  tty = false,
): Promise<{ code: number; out: string; err: string }> {
  let out = '';
  let err = '';
  const io: Io = {
    env: { SLUICE_URL: url, SLUICE_DATA_DIR: setup.dir, ...env },
    stdin: (async function* () {})(),
    out: (text) => {
      out += text;
      return Promise.resolve();
    },
    err: (text) => {
      err += text;
    },
    outIsTty: tty,
    errIsTty: false,
    columns: 100,
  };
  const code = await runCommand(args, io, quietContext(systemClock));
  return { code, out, err };
}

describe('sluice', () => {
  it('helps: with all commands, with each, and with the nearest name', async () => {
    const all = await sluice(['help']);
    expect(all.code).toBe(0);
    expect((await sluice([])).code).toBe(2);
    for (const [name, load] of Object.entries(COMMANDS)) {
      const command = await load();
      expect(command.name).toBe(name);
      expect(all.out).toContain(`  ${command.name}`);
      const own = await sluice([command.name, '--help']);
      expect(own.code).toBe(0);
      for (const option of Object.keys(command.options)) expect(own.out).toContain(`--${option}`);
    }
    expect(await sluice(['qeury'])).toMatchObject({ code: 2, err: expect.stringContaining('did you mean query?') as string });
    expect(await sluice(['query', 'a/b', '--fromm', 'x'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('did you mean --from?') as string,
    });
    expect(await sluice(['query'])).toMatchObject({ code: 2, err: expect.stringContaining('PROJECT/LOGSTORE') as string });
    expect(await sluice(['groups', 'only-a-project'])).toMatchObject({ code: 2 });
  });

  it('signs in with the password file of the data directory, and signs out again', async () => {
    const answer = await sluice(['logstores']);
    expect(answer).toMatchObject({ code: 0, err: '' });
    expect(
      answer.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([{ project: 'secure', name: 'waf', shardCount: 4 }]);
    const open = await setup.state.read((db) => db.selectFrom('sessions').select('client').execute(), setup.ctx);
    expect(open.every((session) => session.client === 'test')).toBe(true);
  });

  it('prints tables on a terminal, and CSV when asked', async () => {
    expect((await sluice(['logstores', 'secure'], {}, true)).out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 4))).toEqual([
      ['Project', 'Logstore', 'Shards', 'Days'],
      ['secure', 'waf', '4', '30'],
      [''],
    ]);
    expect((await sluice(['logstores', '--format', 'csv'])).out).toMatch(/^project,name,shardCount,ttlDays,.*\r\nsecure,waf,4,30,.*\r\n$/);
    expect(await sluice(['logstores', '--format', 'xml'])).toMatchObject({ code: 2 });
  });

  it('uses a token when there is one, and ends with 3 when it is refused or nobody answers', async () => {
    const token = await setup.signIn('admin', setup.password);
    expect((await sluice(['logstores'], { SLUICE_TOKEN: token, SLUICE_DATA_DIR: '/nonexistent' })).code).toBe(0);
    expect((await setup.call('GET', '/me', { token })).statusCode).toBe(200);
    expect(await sluice(['logstores'], { SLUICE_TOKEN: 'sluice_session_wrong' })).toMatchObject({
      code: 3,
      err: expect.stringContaining('token') as string,
    });
    expect(await sluice(['logstores'], { SLUICE_DATA_DIR: '/nonexistent' })).toMatchObject({
      code: 3,
      err: expect.stringContaining('SLUICE_TOKEN') as string,
    });
    expect(await sluice(['logstores'], { SLUICE_URL: 'http://127.0.0.1:1' })).toMatchObject({
      code: 3,
      err: expect.stringContaining('no server answers') as string,
    });
    expect(await sluice(['logstores', 'nowhere'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('project nowhere does not exist') as string,
    });
  });

  it('tells versions with and without a server', async () => {
    expect((await sluice(['version'])).out).toMatch(/^sluice \S+ \(Node \S+\)\nserver 0\.0\.0 at http/);
    expect(await sluice(['version'], { SLUICE_URL: 'http://127.0.0.1:1' })).toMatchObject({
      code: 0,
      out: expect.stringContaining('server none') as string,
    });
  });

  it('the doctor gives a verdict first and fails when something did', async () => {
    const good = await sluice(['doctor'], { SLUICE_HTTP_PORT: '0', SLUICE_SLS_PORT: '0' }, true);
    expect(good.out).toMatch(/^(Healthy|Works, with warnings)\. /);
    expect(good.code).toBe(0);
    const bad = await sluice(['doctor'], { SLUICE_HTTP_PROT: '1' }, true);
    expect(bad.out).toMatch(/^Needs attention\. 1 failed/);
    expect(bad.out).toContain('did you mean SLUICE_HTTP_PORT?');
    expect(bad.code).toBe(1);
    const lines = (await sluice(['doctor'], { SLUICE_HTTP_PORT: '0', SLUICE_SLS_PORT: '0' })).out.trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { name: string }).name)).toContain('disk space');
  });

  it('runs as a program, and stops quietly when the reader of its pipe has seen enough', () => {
    const run = spawnSync(process.execPath, ['bin/sluice.mjs', 'help'], { encoding: 'utf8' });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(run.stdout).toContain('sluice COMMAND');
    const piped = spawnSync('sh', ['-c', `"${process.execPath}" bin/sluice.mjs help | head -1`], { encoding: 'utf8' });
    expect(piped).toMatchObject({ status: 0, stderr: '' });
  });
});
