import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CACHE = process.env['SLUICE_CACHE_DIR'] ?? join(homedir(), '.cache', 'sluice');

/** Folder of a client's program in this repository. */
export function sources(language: string): string {
  return fileURLToPath(new URL(language, import.meta.url));
}

export function has(command: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;
}

/**
 * A folder outside the clone that is made by `make` once for these inputs, and kept. What is half made is made again.
 */
export function kept(name: string, inputs: readonly string[], make: (folder: string) => void): string {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(`${input}\n`);
  const folder = join(CACHE, 'compat', `${name}-${hash.digest('hex').slice(0, 12)}`);
  const ready = join(folder, '.ready');
  if (existsSync(ready)) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  make(folder);
  writeFileSync(ready, '');
  return folder;
}

/** The text of every file of a client's program: a change of it is another build. */
export function textsOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((file) => readFileSync(file, 'utf8'));
}

export function copyTo(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
}

/** Runs a step of a build. @throws with what it printed */
export function must(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): void {
  const done = spawnSync(command, args, { cwd, env: { ...process.env, ...env }, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${done.stdout}\n${done.stderr}`);
}

/** Runs a client's program against a server and reads the JSON of its last line. @throws with what it printed when it fails */
export async function runClient(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  timeoutMs = 120_000,
): Promise<Record<string, unknown>> {
  const child = spawn(command, args, {
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString('utf8')));
  const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearTimeout(late);
  const last = out.trim().split('\n').at(-1) ?? '';
  if (code !== 0 || !last.startsWith('{')) throw new Error(`${command} ended with ${code}\n${out.slice(-4000)}\n${err.slice(-6000)}`);
  return JSON.parse(last) as Record<string, unknown>;
}
