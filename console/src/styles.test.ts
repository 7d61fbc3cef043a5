import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SOURCES = import.meta.dirname;
const MAIN = join(SOURCES, 'main.tsx');

const name = (path: string): string => relative(SOURCES, path);

/** Without comments, so that a class named in a sentence counts as nothing. */
function code(path: string): string {
  return readFileSync(path, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gmu, '');
}

interface Imports {
  readonly now: readonly string[];
  readonly lazy: readonly string[];
}

/** What a source of the console imports from the console itself: with it, and later on demand. */
function importsOf(path: string): Imports {
  if (path.endsWith('.css')) return { now: [], lazy: [] };
  const text = code(path);
  const own = (pattern: RegExp): readonly string[] =>
    [...text.matchAll(pattern)]
      .map(([, source]) => join(dirname(path), source ?? ''))
      .filter((file) => file.startsWith(SOURCES) && existsSync(file));
  return { now: own(/(?:\bfrom|\bimport) '(\.[^']+)'/gu), lazy: own(/\bimport\('(\.[^']+)'\)/gu) };
}

/** Every file that is loaded with the first ones. `lazily`: also what those load on demand. */
function reach(from: readonly string[], lazily: boolean): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...from];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { now, lazy } = importsOf(path);
    open.push(...now, ...(lazily ? lazy : []));
  }
  return seen;
}

/** `sl-card`, and `sl-step-` where the rest of the name is put together at run time; not the variables `--sl-…`, nor ids (`id="sl-…"`, `url(#sl-…)`). */
function classesUsed(files: Iterable<string>): ReadonlySet<string> {
  const used = new Set<string>();
  for (const path of files)
    if (/\.tsx?$/u.test(path)) for (const [found] of code(path).matchAll(/(?<![\w#-]|\bid="|\bid=\{`)sl-[a-z0-9-]+/gu)) used.add(found);
  return used;
}

function classesStyled(files: Iterable<string>): ReadonlySet<string> {
  const styled = new Set<string>();
  for (const path of files)
    if (path.endsWith('.css')) for (const [, found] of code(path).matchAll(/\.(sl-[a-z0-9-]+)/gu)) styled.add(found ?? '');
  return styled;
}

const matches = (used: string, styled: string): boolean => (used.endsWith('-') ? styled.startsWith(used) : styled === used);

const entry = reach([MAIN], false);
const pages = [...entry].flatMap((path) => importsOf(path).lazy).toSorted();

describe('the style sheets of the console', () => {
  it('finds the lazy pages', () => {
    expect(pages.map(name)).toContain('pages/sign-in/sign-in-page.tsx');
    expect(pages.map(name)).toContain('pages/settings/settings-page.tsx');
    expect(pages.length).toBe(new Set(pages).size);
  });

  it.each(pages.map((page) => [name(page), page]))('of %s hold every class that it uses when it is opened first', (_name, page) => {
    const loaded = new Set([...entry, ...reach([page], true)]);
    const styled = [...classesStyled(loaded)];
    const bare = [...classesUsed(loaded)].filter((used) => !styled.some((one) => matches(used, one)));
    expect(bare).toEqual([]);
  });

  it('style nothing that no source uses', () => {
    const all = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).map((path) => join(SOURCES, path));
    const used = [...classesUsed(all.filter((path) => !path.endsWith('.test.ts')))];
    expect([...classesStyled(all)].filter((styled) => !used.some((one) => matches(one, styled)))).toEqual([]);
  });
});
