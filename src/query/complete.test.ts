import { describe, expect, it } from 'vitest';
import { complete, type KnownField } from './complete.ts';
import { functionReference } from './functions/reference-page.ts';
import { FUNCTIONS } from './functions/table.ts';
import { hover } from './hover.ts';

const FIELDS: readonly KnownField[] = [
  { name: 'status', type: 'long' },
  { name: 'src_ip', type: 'text' },
  { name: 'user-agent', type: 'text' },
];
/** Labels offered where `^` stands. */
const labels = (marked: string): string[] => complete(marked.replace('^', ''), marked.indexOf('^'), FIELDS).items.map((one) => one.label);
const at = (marked: string): ReturnType<typeof hover> => hover(marked.replace('^', ''), marked.indexOf('^'), FIELDS);

describe('complete', () => {
  it('offers fields and operators in a search', () => {
    expect(labels('sta^')).toEqual(['status']);
    expect(labels('status:200 a^')).toEqual(['and']);
    expect(complete('sr', 2, FIELDS).items[0]).toMatchObject({ insert: 'src_ip:', detail: 'text' });
    expect(complete('use', 3, FIELDS).items[0]).toMatchObject({ insert: 'user-agent:' });
  });

  it('offers SQL and commands after the first pipe, commands after later ones', () => {
    expect(labels('* | sel^')).toEqual(['select']);
    expect(labels('* | parse-^')).toEqual(['parse-csv', 'parse-json', 'parse-kv', 'parse-regexp']);
    expect(labels("* | where a = '|' | pro^")).toEqual(['project', 'project-away', 'project-rename']);
  });

  it('offers columns, functions and keywords in SQL, quoted where needed', () => {
    expect(labels('* | select sta^')).toEqual(['status', 'starts_with']);
    expect(labels('* | select regexp_ex^')).toEqual(['regexp_extract', 'regexp_extract_all']);
    expect(complete('* | select use', 14, FIELDS).items[0]!.insert).toBe('"user-agent"');
    expect(labels('* | select status, count(*) gro^')).toContain('group by');
  });

  it('offers fields, functions and flags in SPL', () => {
    expect(labels('* | where st^')).toEqual(expect.arrayContaining(['status', 'starts_with']));
    expect(labels('* | parse-json -p^')).toEqual(['-path', '-prefix']);
    expect(labels('* | where typeo^')).toEqual([]);
  });
});

describe('hover', () => {
  it('says what a word is', () => {
    expect(at('* | select json_ex^tract(a, b)')).toMatchObject({
      title: 'json_extract',
      lines: ['json_extract(json, varchar): json?', 'json_extract(varchar, varchar): json?'],
    });
    expect(at('* | parse-^kv x')).toMatchObject({ title: 'parse-kv' });
    expect(at('STA^TUS:200')).toMatchObject({ title: 'status', lines: ['long'], from: 0, to: 6 });
    expect(at('* | select ip_to_^city(x)')).toMatchObject({ doc: expect.stringContaining('Not available') as string });
    expect(at('nothing^')).toBeNull();
  });
});

describe('the reference page', () => {
  it('has every function once', () => {
    const page = functionReference();
    for (const one of FUNCTIONS) expect(page).toContain(one.name);
    expect(new Set(FUNCTIONS.map((one) => one.name)).size).toBe(FUNCTIONS.length);
  });
});
