// `npm run docs` writes docs/reference from the tables in the sources; `--check` fails when a page is stale.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { referencePages } from './reference-pages.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const check = process.argv.includes('--check');
const stale: string[] = [];
for (const [name, text] of Object.entries(referencePages())) {
  const path = join(root, 'docs', 'reference', name);
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue;
  if (check) stale.push(name);
  else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    console.log(`docs/reference/${name}`);
  }
}
if (stale.length > 0) {
  console.error(`not current: ${stale.map((name) => `docs/reference/${name}`).join(', ')}; run "npm run docs"`);
  process.exit(1);
}
