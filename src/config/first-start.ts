import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { newMasterKey } from '../control/secrets.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import type { Settings } from './settings.ts';

/** What opens this installation. */
export interface Keys {
  readonly masterKey: string;
  readonly root: { readonly accessKeyId: string; readonly secret: string };
  /** Null: it was changed since the first start, and only its hash is known. */
  readonly adminPassword: string | null;
  /** Which of them were made just now: to be printed once. */
  readonly made: readonly ('root key' | 'admin password' | 'master key')[];
}

const FOLDER = 'keys';
const CHANGED = 'changed';

/** No look-alikes (0 O 1 l I): people type it. 20 of 56 letters are 116 bits. */
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
const randomText = (length: number): string => Array.from({ length }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');

/** On the disk before it has its name: a crash leaves the old file or the new one, never half of one. */
async function keep(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(join(path, '..'), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function kept(path: string): Promise<string | null> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new SluiceError(
      'config.invalid',
      `the key file ${path} cannot be read: ${asSluiceError(thrown).message}`,
      { path },
      { cause: thrown },
    );
  }
}

const fileOf = (dataDir: string, name: 'master-key' | 'root-key' | 'admin-password'): string => join(dataDir, FOLDER, name);

function parseRoot(text: string, path: string): Keys['root'] {
  const [accessKeyId, secret, ...more] = text.split(/\s+/);
  if (accessKeyId === undefined || secret === undefined || more.length > 0)
    throw new SluiceError('config.invalid', `${path} is damaged, expected an access key id and its secret on one line`, { path });
  return { accessKeyId, secret };
}

/**
 * Root key, admin password and master key: from the settings, else from the files of an earlier start, else made and kept, mode 0600, under
 * `<dataDir>/keys`. What the settings give is not written anywhere. The data directory must already belong to this process.
 * @throws config.invalid when a file cannot be read
 */
export async function keysOf(settings: Settings): Promise<Keys> {
  const { dataDir } = settings;
  await mkdir(join(dataDir, FOLDER), { recursive: true, mode: 0o700 });
  const made: Keys['made'][number][] = [];

  const masterFile = fileOf(dataDir, 'master-key');
  let masterKey = settings.masterKey ?? (await kept(masterFile));
  if (masterKey === null) {
    masterKey = newMasterKey();
    await keep(masterFile, masterKey);
    made.push('master key');
  }

  const rootFile = fileOf(dataDir, 'root-key');
  let root: Keys['root'];
  if (settings.rootAkId !== undefined && settings.rootAkSecret !== undefined)
    root = { accessKeyId: settings.rootAkId, secret: settings.rootAkSecret };
  else {
    const text = await kept(rootFile);
    if (text === null) {
      root = { accessKeyId: `LTAI${randomText(20)}`, secret: randomText(30) };
      await keep(rootFile, `${root.accessKeyId} ${root.secret}`);
      made.push('root key');
    } else root = parseRoot(text, rootFile);
  }

  const passwordFile = fileOf(dataDir, 'admin-password');
  let adminPassword = settings.adminPassword ?? (await kept(passwordFile));
  if (adminPassword === null) {
    adminPassword = randomText(20);
    await keep(passwordFile, adminPassword);
    made.push('admin password');
  } else if (settings.adminPassword === undefined && adminPassword === CHANGED) adminPassword = null;

  return { masterKey, root, adminPassword, made };
}

/** Call when the admin's password was changed: the generated one is of no use any more and must not come back with the next start. */
export async function forgetGeneratedPassword(dataDir: string): Promise<void> {
  const path = fileOf(dataDir, 'admin-password');
  if ((await kept(path)) !== null) await keep(path, CHANGED);
}

/** What a command on the same machine can use without being told: null where there is no file, or it may not read it. */
export async function localKeys(dataDir: string): Promise<{ readonly root: Keys['root'] | null; readonly adminPassword: string | null }> {
  const readable = async (name: 'root-key' | 'admin-password'): Promise<string | null> => {
    try {
      return await kept(fileOf(dataDir, name));
    } catch {
      // Another user's files: the caller then asks for SLUICE_TOKEN.
      return null;
    }
  };
  const rootText = await readable('root-key');
  const password = await readable('admin-password');
  return {
    root: rootText === null ? null : parseRoot(rootText, fileOf(dataDir, 'root-key')),
    adminPassword: password === CHANGED ? null : password,
  };
}
