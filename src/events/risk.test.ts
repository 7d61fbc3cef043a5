import fc from 'fast-check';
import { expect, test } from 'vitest';
import { coherence, growingRisk, riskOf, type Weighed } from './risk.ts';
import { severityOfRisk } from './summary.ts';

const step = (severityId: number, tactic = '', confidenceId = 3): Weighed => ({ severityId, tactic, confidenceId, harmless: false });
const many = (count: number, one: Weighed): Weighed[] => Array.from({ length: count }, () => one);

test.each([
  ['one critical alone', [step(5)], 95],
  ['five medium', many(5, step(3)), 61],
  ['ten low', many(10, step(2)), 34],
  ['one doubtful high', [step(4, '', 1)], 35],
  ['nothing that counts', [{ ...step(5), harmless: true }], 0],
])('%s', (_, steps, expected) => {
  expect(Math.round(growingRisk(steps))).toBe(expected);
});

test('a chain that goes forward weighs more than one that goes nowhere, and a lone step is neither', () => {
  const forward = ['reconnaissance', 'initial-access', 'execution', 'impact'].map((tactic) => step(3, tactic));
  expect(coherence(forward)).toBe(1);
  expect(coherence(forward.toReversed())).toBe(0.25);
  expect(riskOf(forward).score).toBeGreaterThan(riskOf(forward.toReversed()).score);
  expect(riskOf([step(3, 'impact')]).score).toBe(45);
  expect([5, 20, 40, 70, 90].map(severityOfRisk)).toEqual([1, 2, 3, 4, 5]);
});

const anySteps = fc.array(
  fc.record({
    severityId: fc.integer({ min: 1, max: 5 }),
    confidenceId: fc.integer({ min: 1, max: 3 }),
    tactic: fc.constantFrom('', 'reconnaissance', 'execution', 'exfiltration', 'impact'),
    harmless: fc.boolean(),
  }),
  { minLength: 1, maxLength: 30 },
);

test('bounded, made of parts that add up, and never less for one step more', () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      const { score, parts } = riskOf(steps);
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThanOrEqual(100);
      expect(parts.reduce((sum, part) => sum + part.points, 0)).toBeCloseTo(score, 6);
      for (const part of parts) expect(part.points).toBeGreaterThan(0);
      expect(growingRisk(steps)).toBeGreaterThanOrEqual(growingRisk(steps.slice(1)) - 1e-9);
    }),
  );
});
