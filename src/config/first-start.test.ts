import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetGeneratedPassword, keysOf, localKeys } from './first-start.ts';
import { loadSettings } from './load.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-keys-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const settings = (env: Record<string, string> = {}) => loadSettings({ env: { SLUICE_DATA_DIR: dir, ...env } }).settings;

describe('keysOf', () => {
  it('makes what is not given once, readable by the owner alone, and finds it again', async () => {
    const first = await keysOf(settings());
    expect(first.made.toSorted()).toEqual(['admin password', 'master key', 'root key']);
    expect(first.masterKey).toMatch(/^[0-9a-f]{64}$/);
    expect(first.root.accessKeyId).toMatch(/^LTAI[A-Za-z0-9]{20}$/);
    expect(first.root.secret).toHaveLength(30);
    const files = readdirSync(join(dir, 'keys'));
    expect(files.toSorted()).toEqual(['admin-password', 'master-key', 'root-key']);
    for (const file of files) expect(statSync(join(dir, 'keys', file)).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'keys')).mode & 0o777).toBe(0o700);
    expect(await keysOf(settings())).toEqual({ ...first, made: [] });
    expect(await localKeys(dir)).toEqual({ root: first.root, adminPassword: first.adminPassword });
  });

  it('takes what the settings give and writes none of it', async () => {
    const given = {
      SLUICE_ROOT_AK_ID: 'AK',
      SLUICE_ROOT_AK_SECRET: 'SK',
      SLUICE_ADMIN_PASSWORD: 'a-password',
      SLUICE_MASTER_KEY: 'm'.repeat(40),
    };
    expect(await keysOf(settings(given))).toEqual({
      masterKey: 'm'.repeat(40),
      root: { accessKeyId: 'AK', secret: 'SK' },
      adminPassword: 'a-password',
      made: [],
    });
    expect(readdirSync(join(dir, 'keys'))).toEqual([]);
  });

  it('does not bring a changed password back', async () => {
    await keysOf(settings());
    await forgetGeneratedPassword(dir);
    expect((await keysOf(settings())).adminPassword).toBeNull();
    expect((await keysOf(settings())).made).toEqual([]);
    expect((await localKeys(dir)).adminPassword).toBeNull();
    expect((await keysOf(settings({ SLUICE_ADMIN_PASSWORD: 'given-now' }))).adminPassword).toBe('given-now');
    expect(readFileSync(join(dir, 'keys', 'admin-password'), 'utf8')).toBe('changed\n');
  });

  it('refuses a damaged root key instead of making another one', async () => {
    await keysOf(settings());
    writeFileSync(join(dir, 'keys', 'root-key'), 'LTAIonly\n');
    await expect(keysOf(settings())).rejects.toMatchObject({ code: 'config.invalid' });
  });
});
