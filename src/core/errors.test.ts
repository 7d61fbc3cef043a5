import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asSluiceError, ERRORS, SluiceError, type ErrorEntry } from './errors.ts';

describe('ERRORS', () => {
  const entries = Object.entries(ERRORS) as [string, ErrorEntry][];

  it('has codes of the form <room>.<what>, HTTP error statuses and help for people', () => {
    for (const [code, entry] of entries) {
      expect(code).toMatch(/^(aborted|[a-z]+\.[a-z_]+)$/);
      expect(entry.status).toBeGreaterThanOrEqual(400);
      expect(entry.status).toBeLessThan(600);
      expect(entry.help).toMatch(/^[A-Z].*\.$/s);
    }
  });

  it('keeps the codes of a room together, so that nobody adds one twice under another name', () => {
    const rooms = entries.map(([code]) => code.split('.')[0]);
    const runs = rooms.filter((room, i) => room !== rooms[i - 1]);
    expect(runs).toEqual([...new Set(runs)]);
  });

  it('says in the generated page what each code means', () => {
    const path = join('docs', 'reference', 'errors.md');
    expect(existsSync(path)).toBe(true);
    const page = readFileSync(path, 'utf8');
    for (const [code, entry] of entries)
      expect(page).toContain(`| \`${code}\` | ${entry.status} | ${entry.retry ? 'yes' : 'no'} | ${entry.help} |`);
    expect(page.match(/^\| `/gm)).toHaveLength(entries.length);
  });

  it('is the only place where codes come from: every code a source names is in the table', () => {
    const unknown: string[] = [];
    for (const path of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts')) continue;
      for (const [, code] of readFileSync(join('src', path), 'utf8').matchAll(/new SluiceError\(\s*'([^']+)'/g))
        if (!((code ?? '') in ERRORS)) unknown.push(`${path}: ${code}`);
    }
    expect(unknown).toEqual([]);
  });
});

describe('SluiceError', () => {
  it('knows its status and whether a retry may help', () => {
    const error = new SluiceError('store.unavailable', 'the store is restarting', { afterSec: 3 });
    expect(error).toMatchObject({ code: 'store.unavailable', status: 503, retry: true, details: { afterSec: 3 }, name: 'SluiceError' });
    expect(error).toBeInstanceOf(Error);
  });
});

describe('asSluiceError', () => {
  it('leaves ours alone, keeps others as the cause, and names aborts', () => {
    const ours = new SluiceError('aborted', 'x');
    expect(asSluiceError(ours)).toBe(ours);
    const other = new TypeError('no such thing');
    expect(asSluiceError(other)).toMatchObject({ code: 'internal.unexpected', message: 'no such thing', cause: other });
    expect(asSluiceError(other, 'stream.failed').code).toBe('stream.failed');
    expect(asSluiceError(new DOMException('gone', 'AbortError')).code).toBe('aborted');
    expect(asSluiceError('text').message).toBe('text');
  });
});
