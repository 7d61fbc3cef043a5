// docs/requirements.md lists every capability of the product with its state. The state is read from the tests: a test that proves a capability names its id
// in square brackets in its title. `--check` fails when the page is stale.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'requirements.md');
const skip = new Set(['node_modules', '.git', 'dist', 'data', 'coverage']);

function* testFiles(dir: string): Generator<string> {
  for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (skip.has(entry.name)) continue;
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* testFiles(path);
    else if (/\.(test|contract)\.tsx?$/.test(entry.name)) yield path;
  }
}

const provenIn = new Map<string, string>();
for (const dir of ['src', 'test', 'content', 'console']) {
  for (const path of testFiles(join(root, dir))) {
    for (const match of readFileSync(path, 'utf8').matchAll(/\[((?:[A-K]\d\d)(?:[ ,]+[A-K]\d\d)*)\]/g)) {
      for (const id of match[1]!.split(/[ ,]+/)) if (!provenIn.has(id)) provenIn.set(id, relative(root, path));
    }
  }
}

const old = readFileSync(page, 'utf8');
let proven = 0;
let total = 0;
const fresh = old
  .split('\n')
  .map((line) => {
    const match = /^\| ([A-K]\d\d) \| (.*) \| [^|]* \|$/.exec(line);
    if (match === null) return line;
    total++;
    const path = provenIn.get(match[1]!);
    if (path !== undefined) proven++;
    return `| ${match[1]} | ${match[2]} | ${path === undefined ? 'open' : `proven: ${path}`} |`;
  })
  .map((line) => (line.startsWith('State: ') ? `State: ${proven} of ${total} proven by a test.` : line))
  .join('\n');

if (process.argv.includes('--check')) {
  if (fresh !== old) {
    console.error('docs/requirements.md is stale: run "npm run requirements"');
    process.exitCode = 1;
  }
} else {
  writeFileSync(page, fresh);
  console.log(`${proven} of ${total} proven`);
}
