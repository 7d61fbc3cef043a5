import { AGGREGATE_FUNCTIONS } from './aggregate.ts';
import { ARRAY_LAMBDA_FUNCTIONS } from './array-lambda.ts';
import { ARRAY_FUNCTIONS } from './array.ts';
import { BINARY_FUNCTIONS } from './binary.ts';
import { COMPARE_FUNCTIONS } from './compare.ts';
import { CONDITIONAL_FUNCTIONS } from './conditional.ts';
import { DATETIME_FUNCTIONS } from './datetime.ts';
import type { FunctionEntry } from './define.ts';
import { GEO_FUNCTIONS } from './geo.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { MAP_FUNCTIONS } from './map.ts';
import { MATH_FUNCTIONS } from './math.ts';
import { NETWORK_FUNCTIONS } from './network.ts';
import { REGEXP_FUNCTIONS } from './regexp.ts';
import { STRING_FUNCTIONS } from './string.ts';
import { TIME_SERIES_FUNCTIONS } from './time-series.ts';
import { WINDOW_FUNCTIONS } from './window.ts';

/** Every function of SQL and SPL, in the order of the reference page. */
export const FUNCTIONS: readonly FunctionEntry[] = [
  ...CONDITIONAL_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...REGEXP_FUNCTIONS,
  ...NETWORK_FUNCTIONS,
  ...JSON_FUNCTIONS,
  ...DATETIME_FUNCTIONS,
  ...TIME_SERIES_FUNCTIONS,
  ...ARRAY_FUNCTIONS,
  ...ARRAY_LAMBDA_FUNCTIONS,
  ...MAP_FUNCTIONS,
  ...MATH_FUNCTIONS,
  ...BINARY_FUNCTIONS,
  ...GEO_FUNCTIONS,
  ...AGGREGATE_FUNCTIONS,
  ...COMPARE_FUNCTIONS,
  ...WINDOW_FUNCTIONS,
];

const BY_NAME: ReadonlyMap<string, FunctionEntry> = new Map(FUNCTIONS.map((one) => [one.name, one]));

export function findFunction(name: string): FunctionEntry | null {
  return BY_NAME.get(name.toLowerCase()) ?? null;
}

export function functionNames(): Iterable<string> {
  return BY_NAME.keys();
}
