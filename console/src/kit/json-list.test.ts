import { expect, test } from 'vitest';
import { jsonList, jsonLogs } from './json-list.ts';

test('a list of objects, or one object', () => {
  expect(jsonList('[{"a":1},{"b":"x"}]')).toEqual([{ a: 1 }, { b: 'x' }]);
  expect(jsonList('{"a":1}')).toEqual([{ a: 1 }]);
});

test('anything else says which entry is wrong', () => {
  expect(() => jsonList('[{"a":1},[2]]')).toThrow('entry 2 is [2]');
  expect(() => jsonList('null')).toThrow('entry 1 is null');
  expect(() => jsonList('{"a":')).toThrow(SyntaxError);
});

test('logs carry texts only', () => {
  expect(jsonLogs('[{"n":1,"o":{"k":[2]},"t":"x"}]')).toEqual([{ n: '1', o: '{"k":[2]}', t: 'x' }]);
});
