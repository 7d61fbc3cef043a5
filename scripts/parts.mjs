// The real parts that tests need beside npm packages: what they are for, how to see that they are there, how to get them.
// Kept in a cache folder outside the clone (SLUICE_CACHE_DIR, default ~/.cache/sluice) and made again when missing.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
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

/** Downloads Debian packages and unpacks them under the cache folder, without installing anything. */
function unpack(name, packages) {
  if (!has('apt-get') || !has('dpkg')) return `needs apt-get and dpkg to unpack ${packages.join(' ')}`;
  const folder = join(cacheDir, name);
  mkdirSync(folder, { recursive: true });
  const script = `apt-get download -qq ${packages.join(' ')} && for file in *.deb; do dpkg -x "$file" root || exit 1; done && rm -f *.deb`;
  const done = spawnSync('sh', ['-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return done.status === 0 ? '' : `apt-get download ${packages.join(' ')} failed: ${done.stderr.toString().trim().split('\n').pop()}`;
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
    name: 'rsyslog with TLS',
    for: 'the syslog tests (src/sinks/syslog)',
    present: () => has('rsyslogd') && spawnSync('sh', ['-c', 'ls /usr/lib/*/rsyslog/lmnsd_ossl.so'], { stdio: 'ignore' }).status === 0,
    install: () => apt('rsyslog', 'rsyslog-openssl'),
  },
  {
    name: 'syslog-ng',
    for: 'the syslog tests (src/sinks/syslog)',
    present: () => existsSync(join(cacheDir, 'syslog-ng', 'root', 'usr', 'sbin', 'syslog-ng')),
    // Its package and that of rsyslog exclude each other, so it is only unpacked.
    install: () => unpack('syslog-ng', ['syslog-ng-core', 'libivykis0', 'libnet1', 'libpcre3', 'libwrap0']),
  },
  { name: 'openssl', for: 'the TLS tests (test/receivers)', present: () => has('openssl'), install: () => apt('openssl') },
  {
    name: 'python3 with venv',
    for: 'the official Python SDK (test/compat)',
    present: () => spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' }).status === 0,
    install: () => apt('python3', 'python3-venv'),
  },
  { name: 'go', for: 'the official Go SDK (test/compat)', present: () => has('go'), install: () => apt('golang') },
  {
    name: 'java and maven',
    for: 'the official Java clients (test/compat)',
    present: () => has('java') && has('mvn'),
    install: () => apt('default-jdk-headless', 'maven'),
  },
  { name: 'cargo', for: 'the official Rust SDK (test/compat)', present: () => has('cargo'), install: () => apt('cargo') },
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
