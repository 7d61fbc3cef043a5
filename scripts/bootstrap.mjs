// Plain JavaScript on purpose: any Node from 18 on must be able to run it, because the clone brings its own Node only with the install it makes (docs/decisions/0001).
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.installed-from');
/** The pinned Node that `npm ci` brings. */
export const pinnedNode = join(modules, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');

function lockHash() {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Installs the packages of package-lock.json when they are missing or of another lock file. Quiet unless it fails. */
export function install() {
  const want = lockHash();
  const have = existsSync(stamp) ? readFileSync(stamp, 'utf8').trim() : '';
  if (have === want && existsSync(pinnedNode)) return;
  console.log(
    have === ''
      ? 'Installing packages (about a minute, about 1.3 GB with the embedded ClickHouse) …'
      : 'package-lock.json has changed: installing packages …',
  );
  const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) {
    process.stderr.write(done.stdout?.toString() ?? '');
    process.stderr.write(done.stderr?.toString() ?? '');
    console.error('npm ci failed; see above.');
    process.exit(1);
  }
  if (!existsSync(pinnedNode)) {
    console.error(`npm ci did not bring ${pinnedNode}: the install script of the package "node" must be allowed to run.`);
    process.exit(1);
  }
  writeFileSync(stamp, `${want}\n`);
}

/** Environment in which `node` is the pinned one. */
export function pinnedEnv(extra = {}) {
  const path = process.env.PATH ?? '';
  return { ...process.env, ...extra, PATH: `${join(modules, '.bin')}:${path}` };
}

/** Runs the pinned Node on a script and waits; answers its exit code. */
export function run(args, options = {}) {
  const done = spawnSync(pinnedNode, args, { cwd: root, stdio: 'inherit', env: pinnedEnv(), ...options });
  return done.status ?? 1;
}

/**
 * Becomes the pinned Node: from Node 23.11 on this very process is replaced, so that signals and kill -9 meet the real one. On the first run after a clone
 * the Node of the machine may be older: then a child runs under this process, gets its signals, and ends when this process is gone (IPC channel).
 */
export function handOver(args) {
  if (typeof process.execve === 'function' && process.platform !== 'win32') {
    process.chdir(root);
    process.execve(pinnedNode, [pinnedNode, ...args], pinnedEnv());
  }
  const child = spawn(pinnedNode, args, { cwd: root, stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: pinnedEnv() });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
