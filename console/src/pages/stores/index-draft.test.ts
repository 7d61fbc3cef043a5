import { expect, test } from 'vitest';
import { DEFAULT_TOKENS, keysOf, newKey, newLeaf, rowOf, rowsProblem, textToTokens, tokensToText } from './index-draft.ts';

test('delimiters survive being written as text and read again', () => {
  expect(tokensToText(['\n', '\\', ' ', ';'])).toBe('\\n\\\\ ;');
  expect(textToTokens(tokensToText(DEFAULT_TOKENS))).toEqual(DEFAULT_TOKENS);
  expect(textToTokens('\\n\\\\,')).toEqual(['\n', '\\', ',']);
  expect(textToTokens(',,;')).toEqual([',', ';']);
});

test('a key without a name and one named twice are found before the server is asked', () => {
  const row = (id: number, name: string) => rowOf(id, name, newKey());
  expect(rowsProblem([row(1, 'a'), row(2, 'b')])).toBeNull();
  expect(rowsProblem([row(1, 'a'), row(2, ' ')])).toEqual({ kind: 'unnamed', name: '' });
  expect(rowsProblem([row(1, 'a'), row(2, 'a ')])).toEqual({ kind: 'twice', name: 'a' });
});

test('inner keys of a JSON key are read, added and written; only a JSON key keeps them', () => {
  const status = { type: 'long', docValue: true, alias: 'code' } as const;
  const row = rowOf(0, 'request', { ...newKey(), type: 'json', jsonKeys: { 'response.status': status } });
  const added = { ...row, leaves: [...row.leaves, { ...newLeaf(row.leaves), path: ' headers.host ' }] };
  expect(keysOf([added])['request']?.jsonKeys).toEqual({
    'response.status': status,
    'headers.host': { type: 'text', docValue: true, alias: '' },
  });
  expect(keysOf([{ ...added, config: { ...added.config, type: 'text' } }])['request']?.jsonKeys).toEqual({});
});

test('an inner key without a path and one named twice are found too, and a key of the same name elsewhere is none of them', () => {
  const json = (id: number, name: string, paths: readonly string[]) => ({
    ...rowOf(id, name, { ...newKey(), type: 'json' as const }),
    leaves: paths.map((path, at) => ({ ...newLeaf([]), id: at, path })),
  });
  expect(rowsProblem([json(0, 'a', ['x', 'y']), json(1, 'b', ['x'])])).toBeNull();
  expect(rowsProblem([json(0, 'a', ['x', ' '])])).toEqual({ kind: 'unnamed', name: '' });
  expect(rowsProblem([json(0, 'a', ['x', 'x '])])).toEqual({ kind: 'twice', name: 'a.x' });
  expect(rowsProblem([json(0, 'a', ['b']), rowOf(1, 'a.b', newKey())])).toBeNull();
});
