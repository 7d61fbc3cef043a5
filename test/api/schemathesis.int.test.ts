import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { restSetup, type RestSetup } from '../../src/api/rest/testing/rest-setup.ts';

const VERSION = '4.32.5';
const cache = process.env['SLUICE_CACHE_DIR'] ?? join(homedir(), '.cache', 'sluice');
const venv = join(cache, `schemathesis-${VERSION}`);
const program = join(venv, 'bin', 'schemathesis');
const missing =
  (process.env['SLUICE_MISSING_PARTS'] ?? '').includes('python3') ||
  spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status !== 0;

let setup: RestSetup;
let url: string;
let work: string;

function install(): void {
  if (existsSync(join(venv, '.ready'))) return;
  mkdirSync(cache, { recursive: true });
  rmSync(venv, { recursive: true, force: true });
  for (const [command, args] of [
    ['python3', ['-m', 'venv', venv]],
    [join(venv, 'bin', 'pip'), ['install', '-q', '--disable-pip-version-check', `schemathesis==${VERSION}`]],
  ] as const) {
    const done = spawnSync(command, args, { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${done.stderr}`);
  }
  writeFileSync(join(venv, '.ready'), '');
}

/** The server runs in this process, so the tool must not block it. */
async function run(args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(program, args, { cwd: work, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, text };
}

describe.skipIf(missing)('the REST API against its OpenAPI document', () => {
  beforeAll(async () => {
    install();
    work = mkdtempSync(join(tmpdir(), 'sluice-schemathesis-'));
    setup = await restSetup({
      env: {
        SLUICE_HTTP_RATE_LIMIT_PER_MINUTE: '1000000',
        SLUICE_HTTP_SIGN_INS_PER_MINUTE: '1000000',
        SLUICE_HTTP_LOCK_AFTER_FAILURES: '1000000',
      },
    });
    await setup.app.listen({ port: 0, host: '127.0.0.1' });
    url = `http://127.0.0.1:${(setup.app.server.address() as AddressInfo).port}`;
  }, 300_000);
  afterAll(async () => {
    await setup.close();
    rmSync(work, { recursive: true, force: true });
  });

  it('answers whatever is sent as the document says: no 5xx, no undocumented status, type or shape, no bad data taken', async () => {
    const admin = await setup.signIn('admin', setup.password);
    for (const [path, body] of [
      ['/projects', { name: 'seeded' }],
      ['/projects/seeded/logstores', { name: 'seeded', shardCount: 2 }],
      ['/users', { name: 'seeded', role: 'viewer', password: 'a-seeded-password' }],
      ['/access-keys', { owner: 'seeded' }],
    ] as const)
      expect((await setup.call('POST', path, { token: admin, body })).statusCode).toBe(201);
    setup.services.supervisor.start({
      name: 'step:seeded',
      stuckAfterMs: 1e9,
      run: (ctx) => new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(new Error('stopped')))),
    });
    // Names that exist, so that more than 404 is seen.
    writeFileSync(
      join(work, 'schemathesis.toml'),
      '[parameters]\n"path.project" = "seeded"\n"path.logstore" = "seeded"\n"path.user" = "seeded"\n"path.shard" = "0"\n"path.name" = "step:seeded"\n',
    );
    const common = [
      'run',
      `${url}/api/v1/openapi.json`,
      '--url',
      url,
      '--header',
      `Authorization: Bearer ${admin}`,
      '--seed',
      '1',
      '--no-color',
      '--workers',
      '2',
      '--phases',
      'examples,coverage,fuzzing',
    ];
    // The document cannot say every rule (a name that is taken, two fields that exclude each other): that good data may be refused is no finding.
    const { code, text } = await run([
      ...common,
      '--max-examples',
      '25',
      '--exclude-checks',
      'positive_data_acceptance',
      '--exclude-operation-id',
      'closeSession',
      '--exclude-operation-id',
      'deleteUser',
    ]);
    expect(code, text).toBe(0);
    expect(text).toMatch(/[1-9]\d{3,} generated/);
    expect(text).not.toContain('Authentication failed: ');
    // These end the session of whoever calls them.
    const last = await run([
      ...common,
      '--max-examples',
      '10',
      '--exclude-checks',
      'positive_data_acceptance,ignored_auth',
      '--include-operation-id',
      'closeSession',
      '--include-operation-id',
      'deleteUser',
    ]);
    expect(last.code, last.text).toBe(0);
  }, 600_000);
});
