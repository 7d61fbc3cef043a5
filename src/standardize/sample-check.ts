import type { OcsfEvent } from './event-row.ts';
import type { StandardizationRule } from './rule.ts';
import type { TestedLog } from './test-rule.ts';

/** Where an event differs from what a sample expects. */
export interface SampleDifference {
  readonly sample: number;
  /** `src_endpoint.ip`; '' when there is an event and none was expected, or the other way round. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

/**
 * Compares what a rule made of its samples with what they expect. A sample names the values that matter to its author: others may be there too, but lists are compared whole.
 */
export function sampleDifferences(rule: StandardizationRule, tested: readonly TestedLog[]): readonly SampleDifference[] {
  const differences: SampleDifference[] = [];
  for (const [sample, { event: expected }] of rule.samples.entries()) {
    const actual = tested[sample]?.event ?? null;
    if (expected === null || actual === null) {
      if (expected !== actual) differences.push({ sample, path: '', expected, actual });
      continue;
    }
    compare(sample, '', expected, actual, differences);
  }
  return differences;
}

function compare(sample: number, at: string, expected: unknown, actual: unknown, into: SampleDifference[]): void {
  if (isObject(expected) && isObject(actual)) {
    for (const [key, value] of Object.entries(expected)) compare(sample, at === '' ? key : `${at}.${key}`, value, actual[key], into);
    return;
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    for (const [index, value] of expected.entries()) compare(sample, `${at}[${index}]`, value, actual[index], into);
    return;
  }
  if (expected !== actual) into.push({ sample, path: at, expected, actual });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Paths of an event that no sample lists: the same for every event of the rule, or made by Sluice. */
export function withoutDerived(rule: StandardizationRule, stored: Record<string, unknown>): OcsfEvent {
  const event = structuredClone(stored);
  for (const key of ['class_uid', 'category_uid', 'type_uid', 'observables']) delete event[key];
  const metadata = event['metadata'] as Record<string, unknown>;
  delete metadata['log_name'];
  delete metadata['logged_time'];
  if (/^\d+\/\d+\/\d+\/\d+$/.test(String(metadata['uid']))) delete metadata['uid'];
  const product = metadata['product'] as Record<string, unknown>;
  if (product['name'] === rule.product) delete product['name'];
  if (product['vendor_name'] === rule.vendor) delete product['vendor_name'];
  if (Object.keys(product).length === 0) delete metadata['product'];
  if (Object.keys(metadata).length === 0) delete event['metadata'];
  const cloud = event['cloud'] as Record<string, unknown> | undefined;
  if (cloud !== undefined && cloud['provider'] === rule.provider) delete cloud['provider'];
  if (cloud !== undefined && Object.keys(cloud).length === 0) delete event['cloud'];
  return event;
}
