import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { condition, firstPipe, quoteValue, searchPart, withCondition } from './query-text.ts';

describe('query text', () => {
  it('finds the pipe outside quotes', () => {
    expect(firstPipe('a: "x|y" | select 1')).toBe(9);
    expect(firstPipe('a')).toBe(-1);
    expect(searchPart(' | select 1')).toBe('*');
    expect(searchPart('status: 200 | select 1')).toBe('status: 200');
  });

  it('adds conditions without changing what was asked', () => {
    expect(withCondition('*', condition('src_ip', '203.0.113.66', false), false)).toBe('src_ip: "203.0.113.66"');
    expect(withCondition('*', condition('src_ip', '203.0.113.66', false), true)).toBe('* not src_ip: "203.0.113.66"');
    expect(withCondition('a or b', condition('status', '405', true), false)).toBe('(a or b) and status = 405');
    expect(withCondition('"x or y"', condition('a b', 'v', false), true)).toBe('"x or y" not "a b": "v"');
    expect(withCondition('a | select count(*)', condition('k', 'v', false), false)).toBe('a and k: "v" | select count(*)');
  });

  it('keeps any value inside its quotes', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(firstPipe(`k: ${quoteValue(value)}`)).toBe(-1);
      }),
    );
  });
});
