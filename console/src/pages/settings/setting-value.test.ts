import { expect, test } from 'vitest';
import { shownValue } from './setting-value.ts';

test('values read as people write them', () => {
  expect(shownValue(['ingest', 'query'])).toEqual({ kind: 'text', text: 'ingest, query' });
  expect(shownValue(0)).toEqual({ kind: 'text', text: '0' });
  expect(shownValue(false)).toEqual({ kind: 'text', text: 'false' });
  expect(shownValue({ a: [1] })).toEqual({ kind: 'text', text: '{"a":[1]}' });
  expect(shownValue([{ a: 1 }])).toEqual({ kind: 'text', text: '[{"a":1}]' });
});

test('what is not set and what is hidden are told apart', () => {
  expect(shownValue(null)).toEqual({ kind: 'not-set' });
  expect(shownValue([])).toEqual({ kind: 'not-set' });
  expect(shownValue('***')).toEqual({ kind: 'hidden' });
  expect(shownValue('**')).toEqual({ kind: 'text', text: '**' });
});
