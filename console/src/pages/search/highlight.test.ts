import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matcherFor, piecesOf } from './highlight.ts';

describe('highlight', () => {
  it('marks terms of the field and of full text, wildcards within a word', () => {
    const terms = [
      { key: 'user_agent', term: 'sqlmap*' },
      { key: '', term: 'union' },
    ];
    expect(piecesOf('sqlmap/1.7', matcherFor(terms, 'user_agent'))).toEqual([
      { text: 'sqlmap', hit: true },
      { text: '/1.7', hit: false },
    ]);
    expect(piecesOf('sqlmap UNION', matcherFor(terms, 'other'))).toEqual([
      { text: 'sqlmap ', hit: false },
      { text: 'UNION', hit: true },
    ]);
    expect(matcherFor([{ key: '', term: '*' }], 'x')).toBeNull();
  });

  it('never loses or adds a letter', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }), (value, terms) => {
        const pieces = piecesOf(
          value,
          matcherFor(
            terms.map((term) => ({ key: '', term })),
            'k',
          ),
        );
        expect(pieces.map((piece) => piece.text).join('')).toBe(value);
      }),
    );
  });
});
