import { expect, test } from 'vitest';
import type { StepFreshness } from '../../../../src/api/rest/contract/overview.ts';
import { worstStep } from './worst-step.ts';

const step = (name: string, lagSec: number): StepFreshness => ({
  step: name,
  lagGroups: 1,
  lagSec,
  allowedSec: 60,
  state: 'fresh',
  lastError: '',
});

test('the job of a step shows the logstore where it is furthest behind', () => {
  const stores = [{ steps: [step('index', 3), step('detect', 90)] }, { steps: [step('index', 40)] }];
  expect(worstStep('step:index', stores)?.lagSec).toBe(40);
  expect(worstStep('step:detect', stores)?.lagSec).toBe(90);
});

test('a job that is no step has no lag', () => {
  expect(worstStep('stream:trim', [{ steps: [step('trim', 3)] }])).toBeNull();
  expect(worstStep('step:index', [])).toBeNull();
});
