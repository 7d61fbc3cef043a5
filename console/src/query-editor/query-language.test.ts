import { StringStream } from '@codemirror/language';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partAt, queryParser } from './query-language.ts';

function tokens(text: string): string[] {
  const state = queryParser.startState!(2);
  const seen: string[] = [];
  for (const line of text.split('\n')) {
    const stream = new StringStream(line, 4, 2);
    while (!stream.eol()) {
      stream.start = stream.pos;
      const style = queryParser.token(stream, state);
      if (stream.pos === stream.start) throw new Error(`no progress at ${stream.pos} of ${line}`);
      if (style) seen.push(`${style} ${stream.current()}`);
    }
  }
  return seen;
}

describe('colours of the query language', () => {
  it('tells fields, values, numbers and words of a search apart', () => {
    expect(tokens('status >= 400 and user_agent: sqlmap*')).toEqual([
      'propertyName status',
      'operator >=',
      'number 400',
      'keyword and',
      'propertyName user_agent',
      'operator :',
      'string sqlmap*',
    ]);
    expect(tokens('"a b" not "my field": x')).toEqual(['string "a b"', 'keyword not', 'propertyName "my field"', 'operator :', 'string x']);
  });

  it('becomes SQL or SPL by the word after the first pipe', () => {
    expect(tokens('* | select count(*) as n')).toEqual([
      'operator *',
      'pipe |',
      'keyword select',
      'function count',
      'operator (',
      'operator *',
      'operator )',
      'keyword as',
      'variableName n',
    ]);
    expect(tokens("* | where status = '200'\n| extend n = 1")).toEqual([
      'operator *',
      'pipe |',
      'keyword where',
      'variableName status',
      'operator =',
      "string '200'",
      'pipe |',
      'keyword extend',
      'variableName n',
      'operator =',
      'number 1',
    ]);
  });

  it('makes progress on any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => tokens(text).length >= 0));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('|', '"', "'", '*', 'a', ':', '/*', '*/', '--', '\n', ' ', '(', 'select')),
        (bits) => tokens(bits.join('')).length >= 0,
      ),
    );
  });

  it('knows the part under the cursor', () => {
    expect(partAt('status: 200')).toBe('search');
    expect(partAt('"a | b" and x')).toBe('search');
    expect(partAt('* | select a')).toBe('sql');
    expect(partAt('* | wh')).toBe('spl');
    expect(partAt('* | where a')).toBe('spl');
    expect(partAt('* | sel')).toBe('sql');
  });
});
