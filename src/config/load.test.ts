import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SluiceError } from '../core/errors.ts';
import { loadSettings, type Problem } from './load.ts';
import { settingList } from './setting-list.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-config-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function file(text: string): string {
  const path = join(dir, `${Math.random().toString(36).slice(2)}.yaml`);
  writeFileSync(path, text);
  return path;
}

function failing(load: () => unknown): SluiceError {
  try {
    load();
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown;
    throw thrown;
  }
  throw new Error('expected the settings to be refused');
}

const problemsOf = (error: SluiceError): readonly Problem[] => error.details['problems'] as Problem[];

describe('loadSettings', () => {
  it('gives the documented defaults without file and environment', () => {
    const { settings, origins, file: read } = loadSettings({ env: {} });
    expect(settings.dataDir).toBe('./data');
    expect(settings.http).toMatchObject({ host: '127.0.0.1', port: 7800 });
    expect(settings.sls).toMatchObject({ port: 7810, logTimeWindow: '168h,15m' });
    expect(origins.size).toBe(0);
    expect(read).toBeNull();
  });

  it('takes every variable that outsiders rely on', () => {
    const { settings, origins } = loadSettings({
      env: {
        SLUICE_DATA_DIR: '/srv/sluice',
        SLUICE_HTTP_PORT: '0',
        SLUICE_SLS_PORT: '9810',
        SLUICE_ROOT_AK_ID: 'LTAIexample',
        SLUICE_ROOT_AK_SECRET: 'a-secret',
        SLUICE_ADMIN_PASSWORD: 'a-long-password',
        SLUICE_MASTER_KEY: 'f'.repeat(64),
        SLUICE_LOG_TIME_WINDOW: 'off',
        SLUICE_TIME_ZONE: 'Asia/Shanghai',
        SLUICE_STREAM_URL: 'kafka://broker:9092',
        SLUICE_STORE_URL: 'https://u:p@store:8443/db',
        SLUICE_STATE_URL: 'postgres://u:p@state/db',
        SLUICE_DEMO: '0',
        SLUICE_URL: 'http://elsewhere',
        SLUICE_TOKEN: 'not a setting',
        OTHER: 'x',
      },
    });
    expect(settings).toMatchObject({
      dataDir: '/srv/sluice',
      rootAkId: 'LTAIexample',
      rootAkSecret: 'a-secret',
      adminPassword: 'a-long-password',
      masterKey: 'f'.repeat(64),
      timeZone: 'Asia/Shanghai',
      demo: false,
      http: { port: 0 },
      sls: { port: 9810, logTimeWindow: 'off' },
      stream: { url: 'kafka://broker:9092' },
      store: { url: 'https://u:p@store:8443/db' },
      state: { url: 'postgres://u:p@state/db' },
    });
    expect(origins.get('sls.logTimeWindow')).toBe('environment');
  });

  it('reaches every setting through its variable', () => {
    const sample = (setting: ReturnType<typeof settingList>[number]): string => {
      if (setting.name === 'timeZone') return 'UTC';
      if (setting.name.endsWith('.url'))
        return { 'stream.url': 'kafka://b:1', 'store.url': 'http://b:1', 'state.url': 'postgres://b/d' }[setting.name] ?? 'http://b';
      if (setting.words.length > 0) return setting.words[0] ?? '';
      if (setting.type === 'integer' || setting.type === 'number') return String(Math.max(setting.minimum ?? 0, 1) + 1);
      if (setting.type === 'boolean') return 'true';
      if (setting.name === 'sls.logTimeWindow') return '24h,1m';
      if (setting.name.endsWith('host')) return '::1';
      return 'some-text-that-is-long-enough-for-a-key';
    };
    const env = Object.fromEntries(settingList().map((setting) => [setting.variable, sample(setting)]));
    const { origins } = loadSettings({ env });
    expect([...origins.keys()].toSorted()).toEqual(
      settingList()
        .map((setting) => setting.name)
        .toSorted(),
    );
  });

  it('lets the environment win over the file, and an empty variable is not set', () => {
    const path = file('http:\n  port: 9000\n  sessionHours: 2\nlogLevel: warn\n');
    const { settings, origins } = loadSettings({ file: path, env: { SLUICE_HTTP_PORT: '9001', SLUICE_LOG_LEVEL: '' } });
    expect(settings.http).toMatchObject({ port: 9001, sessionHours: 2 });
    expect(settings.logLevel).toBe('warn');
    expect(origins.get('http.port')).toBe('environment');
    expect(origins.get('http.sessionHours')).toBe('file');
  });

  it('looks up ${env:} and ${file:} in the file', () => {
    const secret = file('s3cret-from-a-file\n');
    const path = file(`rootAkId: LTAIx\nrootAkSecret: "\${file:${secret}}"\nadminPassword: \${env:PW}\n`);
    const { settings } = loadSettings({ file: path, env: { PW: 'from the environment' } });
    expect(settings.rootAkSecret).toBe('s3cret-from-a-file');
    expect(settings.adminPassword).toBe('from the environment');
    expect(problemsOf(failing(() => loadSettings({ file: path, env: {} })))[0]).toMatchObject({
      name: 'adminPassword',
      message: expect.stringContaining('PW') as string,
    });
  });

  it('tells everything wrong at once, with place and nearest name', () => {
    const path = file('htp:\n  port: 1\nsls:\n  prot: 5\n  port: many\nlogLevel: loud\n');
    const error = failing(() =>
      loadSettings({ file: path, env: { SLUICE_HTTP_PROT: '1', SLUICE_STORE_MAX_DELAY_MS: 'soon', SLUICE_TIME_ZONE: 'UTC' } }),
    );
    expect(error.code).toBe('config.invalid');
    expect(problemsOf(error).map(({ where, name }) => [where.replace(path, 'FILE'), name])).toEqual([
      ['FILE:1', 'htp'],
      ['FILE:4', 'sls.prot'],
      ['SLUICE_HTTP_PROT', 'SLUICE_HTTP_PROT'],
      ['SLUICE_STORE_MAX_DELAY_MS', 'store.maxDelayMs'],
      ['FILE:6', 'logLevel'],
      ['FILE:5', 'sls.port'],
    ]);
    expect(error.message).toContain('did you mean http?');
    expect(error.message).toContain('did you mean sls.port?');
    expect(error.message).toContain('did you mean SLUICE_HTTP_PORT?');
    expect(error.message).toContain('"soon" is no number');
  });

  it('says where YAML breaks, and refuses a file that is not there', () => {
    expect(failing(() => loadSettings({ file: file('http:\n  port: 1\n  port: 2\n'), env: {} })).message).toMatch(/:3: .*unique/);
    expect(failing(() => loadSettings({ file: file('- a\n- b\n'), env: {} })).message).toContain('expected settings');
    expect(failing(() => loadSettings({ env: { SLUICE_CONFIG: join(dir, 'none.yaml') } })).message).toContain('does not exist');
  });

  it('never shows a secret in a problem', () => {
    const error = failing(() =>
      loadSettings({ env: { SLUICE_MASTER_KEY: 'too-short-hunter2', SLUICE_STATE_URL: 'mysql://u:hunter2@h/d' } }),
    );
    expect(JSON.stringify([error.message, error.details])).not.toContain('hunter2');
  });

  it('wants TLS or an explicit insecure for other than loopback addresses', () => {
    expect(failing(() => loadSettings({ env: { SLUICE_HTTP_HOST: '0.0.0.0' } })).code).toBe('config.insecure_bind');
    expect(failing(() => loadSettings({ env: { SLUICE_SLS_HOST: '::' } })).code).toBe('config.insecure_bind');
    for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])
      expect(loadSettings({ env: { SLUICE_HTTP_HOST: host } }).settings.http.host).toBe(host);
    expect(loadSettings({ env: { SLUICE_HTTP_HOST: '0.0.0.0', SLUICE_HTTP_INSECURE: '1' } }).settings.http.insecure).toBe(true);
    expect(
      loadSettings({ env: { SLUICE_HTTP_HOST: '10.0.0.1', SLUICE_HTTP_TLS_CERT: 'c.pem', SLUICE_HTTP_TLS_KEY: 'k.pem' } }).settings.http
        .tlsCert,
    ).toBe('c.pem');
    expect(failing(() => loadSettings({ env: { SLUICE_HTTP_TLS_CERT: 'c.pem' } })).message).toContain('belong together');
    expect(failing(() => loadSettings({ env: { SLUICE_ROOT_AK_ID: 'LTAIx' } })).message).toContain('belong together');
  });

  it('answers settings or a problem for any text in any variable, and never throws anything else', () => {
    const variables = settingList().map((setting) => setting.variable);
    fc.assert(
      fc.property(fc.constantFrom(...variables), fc.string(), (variable, text) => {
        try {
          loadSettings({ env: { [variable]: text } });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SluiceError);
          expect((thrown as SluiceError).code).toMatch(/^config\./);
        }
      }),
      { numRuns: 300 },
    );
  });
});
