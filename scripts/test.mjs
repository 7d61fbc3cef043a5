// `npm test`: installs what is missing, then format, lint with the import rules, types, generated docs, console build and every suite.
// The last line is `N passed, N failed[, N skipped]`. With CI=true no part may be missing and no suite left out.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { install, pinnedEnv, pinnedNode, root } from './bootstrap.mjs';

install();
const { ensureParts, cacheDir } = await import('./parts.mjs');
const ci = process.env.CI === 'true' || process.env.CI === '1';
const filters = process.argv.slice(2);

let passed = 0;
let failed = 0;
let skipped = 0;
const notes = [];

function step(name, command, args) {
  const started = performance.now();
  const done = spawnSync(command, args, {
    cwd: root,
    env: pinnedEnv({ SLUICE_CACHE_DIR: cacheDir }),
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 256 * 1024 * 1024,
  });
  const ok = done.status === 0;
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  if (!ok) process.stdout.write(`${String(done.stdout)}${String(done.stderr)}\n`);
  if (ok) passed++;
  else failed++;
}

const missing = ensureParts();
for (const part of missing) notes.push(`without ${part.name}: ${part.for} is left out (${part.why})`);
if (ci) failed += missing.length;

if (filters.length === 0) {
  const bin = (name) => join(root, 'node_modules', '.bin', name);
  step('format (prettier)', bin('prettier'), ['--check', '--log-level', 'warn', '.']);
  step('lint and import rules (oxlint)', bin('oxlint'), ['--type-aware', '--quiet']);
  step('types of the server (tsc)', bin('tsc'), ['-p', 'tsconfig.json']);
  if (existsSync(join(root, 'console', 'src', 'router.tsx')))
    step('types of the console (tsc)', bin('tsc'), ['-p', 'console/tsconfig.json']);
  step('requirements page is current', pinnedNode, ['scripts/requirements.ts', '--check']);
  step('generated reference pages are current', pinnedNode, ['scripts/docs.ts', '--check']);
  const { buildConsole } = await import('./console-build.mjs');
  if (buildConsole()) passed++;
  else failed++;
}

const reportDir = join(root, '.cache');
mkdirSync(reportDir, { recursive: true });
const report = join(reportDir, 'vitest.json');
rmSync(report, { force: true });
const vitest = spawnSync(
  pinnedNode,
  [
    join(root, 'node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...filters,
  ],
  {
    cwd: root,
    env: pinnedEnv({ SLUICE_CACHE_DIR: cacheDir, SLUICE_MISSING_PARTS: missing.map((part) => part.name).join(',') }),
    stdio: 'inherit',
  },
);
if (existsSync(report)) {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  skipped += result.numPendingTests + (result.numTodoTests ?? 0);
  for (const suite of result.testResults) {
    if (suite.status === 'failed' && suite.assertionResults.every((test) => test.status !== 'failed')) {
      failed++;
      notes.push(`suite did not load: ${relative(root, suite.name)}`);
    }
    for (const test of suite.assertionResults)
      if (test.status === 'pending' || test.status === 'skipped') notes.push(`left out: ${relative(root, suite.name)}: ${test.fullName}`);
  }
} else {
  failed++;
  notes.push('vitest wrote no report');
}
if (vitest.status !== 0 && failed === 0) failed++;

for (const note of notes) console.log(note);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed === 0 ? 0 : 1);
