import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock, systemClock } from '../core/clock.ts';
import { quietContext } from '../core/context.ts';
import { verdictOf } from './doctor-verdict.ts';
import { installationChecks, partCheck, runChecks } from './doctor.ts';
import { keysOf } from './first-start.ts';
import { loadSettings } from './load.ts';

let dir: string;
let taken: Server;
let takenPort: number;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-doctor-'));
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  takenPort = (taken.address() as AddressInfo).port;
});
afterEach(async () => {
  await new Promise((resolve) => taken.close(resolve));
  rmSync(dir, { recursive: true, force: true });
});
const settings = (env: Record<string, string> = {}) =>
  loadSettings({ env: { SLUICE_DATA_DIR: dir, SLUICE_HTTP_PORT: '0', SLUICE_SLS_PORT: '0', ...env } }).settings;
const ctx = quietContext(systemClock);

describe('the doctor of an installation', () => {
  it('finds nothing wrong with a fresh one', async () => {
    const checks = await runChecks(installationChecks(settings(), false), ctx);
    expect(checks.filter((check) => check.status === 'fail')).toEqual([]);
    expect(checks.map((check) => check.name)).toEqual([
      'node',
      'data directory',
      'key files',
      'disk space',
      'ports',
      'stream',
      'store',
      'state',
      'clock',
      'time zone',
      'exposure',
    ]);
  });

  it('names a taken port, an unreachable state, open key files and plain HTTP, each with what to do', async () => {
    const own = settings({
      SLUICE_HTTP_PORT: String(takenPort),
      SLUICE_STATE_URL: 'postgres://u:hunter2@127.0.0.1:1/db',
      SLUICE_SLS_HOST: '0.0.0.0',
      SLUICE_SLS_INSECURE: '1',
    });
    await keysOf(own);
    chmodSync(join(dir, 'keys', 'master-key'), 0o644);
    const checks = await runChecks(installationChecks(own, false), ctx);
    const bad = Object.fromEntries(
      checks.filter((check) => check.fix !== '' && check.name !== 'disk space').map((check) => [check.name, check]),
    );
    expect(Object.keys(bad).toSorted()).toEqual(['exposure', 'key files', 'ports', 'state']);
    expect(bad['ports']?.detail).toContain(String(takenPort));
    expect(bad['ports']?.fix).toContain('SLUICE_HTTP_PORT');
    expect(bad['key files']).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('master-key') as string,
      fix: expect.stringContaining('chmod 600') as string,
    });
    expect(bad['exposure']?.status).toBe('warn');
    expect(JSON.stringify(checks)).not.toContain('hunter2');
    expect((await runChecks(installationChecks(own, true), ctx)).find((check) => check.name === 'ports')?.status).toBe('ok');
  });

  it('a check that hangs or throws is its own failure, and the others go on', async () => {
    const clock = new FakeClock();
    const running = runChecks(
      [
        { name: 'hangs', run: () => new Promise(() => {}) },
        { name: 'throws', run: () => Promise.reject(new Error('broken')) },
        partCheck('part', () => Promise.resolve({ ok: true, detail: 'fine' }), ''),
      ],
      quietContext(clock),
    );
    await clock.advance(5000);
    expect((await running).map(({ name, status }) => [name, status])).toEqual([
      ['hangs', 'fail'],
      ['throws', 'fail'],
      ['part', 'ok'],
    ]);
  });
});

describe('verdictOf', () => {
  it('tells the worst first, with what to do', () => {
    const check = (name: string, status: 'ok' | 'warn' | 'fail' | 'skipped') => ({
      name,
      status,
      detail: `${name} detail`,
      fix: status === 'ok' ? '' : `fix ${name}`,
    });
    expect(verdictOf([check('a', 'ok'), check('b', 'skipped')])).toEqual({ verdict: 'ok', sentence: 'All 1 checks passed.' });
    expect(verdictOf([check('a', 'warn'), check('b', 'fail')])).toEqual({
      verdict: 'fail',
      sentence: '1 failed, 1 warning of 2 checks. First: b: b detail. fix b',
    });
    expect(verdictOf([check('a', 'warn'), check('b', 'warn')]).verdict).toBe('warn');
  });
});
