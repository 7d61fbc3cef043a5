// The real parts that tests need beside npm packages: what they are for, how to see that they are there, how to get them.
// Kept in a cache folder outside the clone (SLUICE_CACHE_DIR, default ~/.cache/sluice) and made again when missing.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const cacheDir = process.env.SLUICE_CACHE_DIR ?? join(homedir(), '.cache', 'sluice');

const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;

let aptReady = false;
function apt(...packages) {
  if (typeof process.getuid !== 'function' || process.getuid() !== 0 || !has('apt-get'))
    return `needs root and apt-get to install ${packages.join(' ')}`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (!aptReady) {
    spawnSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
    aptReady = true;
  }
  const done = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '--no-remove', ...packages], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return done.status === 0 ? '' : `apt-get install ${packages.join(' ')} failed: ${done.stderr.toString().trim().split('\n').pop()}`;
}

/** @type {{name: string, for: string, present: () => boolean, install: () => string}[]} `install` answers '' or why it could not. */
export const parts = [
  { name: 'chromium', for: 'the console tests (test/e2e)', present: () => has('chromium'), install: () => apt('chromium') },
  {
    name: 'a Chinese font',
    for: 'the console tests (test/e2e)',
    present: () => spawnSync('sh', ['-c', 'fc-list :lang=zh-cn | grep -q .']).status === 0,
    install: () => apt('fonts-noto-cjk'),
  },
  {
    name: 'python3 with venv',
    for: 'the official Python SDK (test/compat)',
    present: () => spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status === 0,
    install: () => apt('python3', 'python3-venv'),
  },
];

/** Makes sure of every part; answers the ones still missing with the reason. */
export function ensureParts() {
  mkdirSync(cacheDir, { recursive: true });
  const missing = [];
  for (const part of parts) {
    if (part.present()) continue;
    console.log(`Getting ${part.name}, for ${part.for} …`);
    const problem = part.install();
    if (problem !== '' || !part.present())
      missing.push({ name: part.name, for: part.for, why: problem || 'still not there after the install' });
  }
  return missing;
}
