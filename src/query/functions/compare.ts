import { agg, call, raw, type Ch } from '../clickhouse/ch.ts';
import { val } from '../lower/val.ts';
import { arrayOf, DOUBLE } from '../types/sql-type.ts';
import { fn, type Build, type FunctionEntry } from './define.ts';

/** Column that tells the periods of a comparison apart (`lower/sql/compare.ts` makes it). */
export const PERIOD = 'period_';

/** [now, before…, now/before…] */
const compared: Build = ([x, ...back]) => {
  const at = (period: number): Ch => agg('maxOrNullIf', [x!.ch, raw(`(${PERIOD} = ${period})`)]);
  const values = [0, ...back.map((_, i) => i + 1)].map(at);
  const ratios = back.map((_, i) => call('divide', at(0), at(i + 1)));
  return val(call('array', ...values, ...ratios), arrayOf(DOUBLE), false);
};

export const COMPARE_FUNCTIONS: readonly FunctionEntry[] = [
  fn(
    'Comparison of periods',
    'A column of the subquery now and so many seconds earlier: [now, before, …, now/before, …].',
    [['compare(double, bigint...): array(double)', compared]],
    { kind: 'aggregate', languages: 'Q', strict: false },
  ),
  fn(
    'Comparison of periods',
    'The same for a series grouped by time: earlier points come under the current time.',
    [['ts_compare(double, bigint...): array(double)', compared]],
    { kind: 'aggregate', languages: 'Q', strict: false, state: 'differs' },
  ),
];
