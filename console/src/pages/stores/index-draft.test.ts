import { expect, test } from 'vitest';
import { DEFAULT_TOKENS, newKey, rowsProblem, textToTokens, tokensToText } from './index-draft.ts';

test('delimiters survive being written as text and read again', () => {
  expect(tokensToText(['\n', '\\', ' ', ';'])).toBe('\\n\\\\ ;');
  expect(textToTokens(tokensToText(DEFAULT_TOKENS))).toEqual(DEFAULT_TOKENS);
  expect(textToTokens('\\n\\\\,')).toEqual(['\n', '\\', ',']);
  expect(textToTokens(',,;')).toEqual([',', ';']);
});

test('a key without a name and one named twice are found before the server is asked', () => {
  const row = (id: number, name: string) => ({ id, name, config: newKey() });
  expect(rowsProblem([row(1, 'a'), row(2, 'b')])).toBeNull();
  expect(rowsProblem([row(1, 'a'), row(2, ' ')])).toEqual({ kind: 'unnamed', name: '' });
  expect(rowsProblem([row(1, 'a'), row(2, 'a ')])).toEqual({ kind: 'twice', name: 'a' });
});
