import { fn, type Build, type FunctionEntry } from './define.ts';

const TOPIC = 'Window functions';
const special: Build = () => {
  throw new TypeError('window functions are lowered by lower/window.ts');
};
const window = (doc: string, ...texts: readonly string[]): FunctionEntry =>
  fn(
    TOPIC,
    doc,
    texts.map((text) => [text, special] as const),
    { kind: 'window', languages: 'Q' },
  );

export const WINDOW_FUNCTIONS: readonly FunctionEntry[] = [
  window('Number of the row within its partition.', 'row_number(): bigint'),
  window('Rank with gaps.', 'rank(): bigint'),
  window('Rank without gaps.', 'dense_rank(): bigint'),
  window('(rank - 1) / (rows - 1).', 'percent_rank(): double'),
  window('Share of rows up to this one and its peers.', 'cume_dist(): double'),
  window('Number of one of n even buckets.', 'ntile(bigint): bigint'),
  window('Value of an earlier row.', 'lag(T): T?', 'lag(T, bigint): T?', 'lag(T, bigint, T): T?'),
  window('Value of a later row.', 'lead(T): T?', 'lead(T, bigint): T?', 'lead(T, bigint, T): T?'),
  window('Value of the first row of the frame.', 'first_value(T): T?'),
  window('Value of the last row of the frame.', 'last_value(T): T?'),
  window('Value of the n-th row of the frame.', 'nth_value(T, bigint): T?'),
];
