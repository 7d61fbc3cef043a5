import { describe, expect, it } from 'vitest';
import type { LogstoreFreshness, StepFreshness } from '../../../../src/api/rest/contract/overview.ts';
import { byNeed, slowestStep, stateOf } from './store-state.ts';

const step = (state: StepFreshness['state'], lagSec = 0): StepFreshness => ({
  step: 'index',
  lagGroups: 0,
  lagSec,
  allowedSec: 60,
  state,
  lastError: '',
});
const store = (logstore: string, state: LogstoreFreshness['state'], steps: StepFreshness[] = []): LogstoreFreshness => ({
  project: 'sec',
  logstore,
  cloud: 'aws',
  logsPerSec: 0,
  bytesPerSec: 0,
  newestAt: null,
  ageSec: null,
  allowedSec: null,
  state,
  rejected: null,
  trend: [],
  steps,
});

describe('the state of a logstore', () => {
  it('is the worst of its own age and of its steps', () => {
    expect(stateOf(store('a', 'fresh', [step('fresh'), step('late')]))).toBe('late');
    expect(stateOf(store('a', 'silent', [step('stopped')]))).toBe('stopped');
    expect(stateOf(store('a', 'silent', [step('late')]))).toBe('silent');
    expect(stateOf(store('a', 'slow'))).toBe('slow');
    expect(stateOf(store('a', 'empty', [step('fresh')]))).toBe('empty');
  });

  it('names the step that is furthest behind, and none when all are done', () => {
    expect(slowestStep(store('a', 'fresh', [step('fresh', 2), step('late', 90)]))?.lagSec).toBe(90);
    expect(slowestStep(store('a', 'fresh', [step('stopped')]))?.state).toBe('stopped');
    expect(slowestStep(store('a', 'fresh', [step('fresh')]))).toBeUndefined();
  });

  it('puts what needs a look first and keeps the rest by name', () => {
    const rows = byNeed([store('c', 'fresh'), store('e', 'empty'), store('b', 'silent'), store('a', 'fresh')]);
    expect(rows.map((row) => row.logstore)).toEqual(['b', 'a', 'c', 'e']);
  });
});
