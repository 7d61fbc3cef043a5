// Builds the console into console/dist when its sources are newer than the last build.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run } from './bootstrap.mjs';

function* files(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name === 'dist' || entry.name === 'node_modules') continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

function sourceHash() {
  const hash = createHash('sha256');
  for (const dir of ['console', 'src/api/rest/contract'])
    for (const path of files(join(root, dir))) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
}

/** @returns {boolean} false when the build failed; its output is then on the screen */
export function buildConsole() {
  const stamp = join(root, 'console', 'dist', '.built-from');
  const want = sourceHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === want) return true;
  console.log('Building the console (some seconds) …');
  const code = run([join(root, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', 'console', '--logLevel', 'warn']);
  if (code !== 0) return false;
  writeFileSync(stamp, want);
  return true;
}
