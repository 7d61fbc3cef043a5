import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadRuleFiles } from '../standardize/rule-files.ts';
import { TestEngine } from '../standardize/testing/engine.ts';
import { tacticByShortName, techniqueName } from './attack.ts';
import { loadDetectionRules } from './rule-files.ts';
import { hitsOf } from './testing/predicate-engine.ts';
import { eventOfSample } from './testing/sample-events.ts';

const rules = await loadDetectionRules();
const standardization = await loadRuleFiles();
let engine: TestEngine;
beforeAll(() => {
  engine = new TestEngine();
});
afterAll(() => engine.close());

describe('rules that come with Sluice', () => {
  test('say who they are about, in the words of the ATT&CK matrix', () => {
    for (const { meta, document } of rules) {
      const attack = meta.tags.filter((tag) => tag.startsWith('attack.')).map((tag) => tag.slice(7));
      for (const tag of attack) {
        if (/^t\d/.test(tag)) expect(techniqueName(tag.toUpperCase()), `${meta.id} ${tag}`).not.toBe(tag.toUpperCase());
        else expect(tacticByShortName(tag)?.shortName, `${meta.id} ${tag}`).toBe(tag);
      }
      if (meta.level !== 'informational') {
        expect(meta.tactics.length, meta.id).toBeGreaterThan(0);
        expect(meta.techniques.length, meta.id).toBeGreaterThan(0);
        expect(meta.summary, meta.id).not.toBe('');
        expect(meta.entityPaths.length, meta.id).toBeGreaterThan(0);
      }
      expect(
        meta.samples.some((sample) => sample.hits),
        meta.id,
      ).toBe(true);
      expect(meta.samples.some((sample) => !sample.hits) || document.kind === 'rule', meta.id).toBe(true);
    }
    expect(rules.length).toBeGreaterThanOrEqual(80);
  });

  test.each(rules.filter((rule) => rule.document.kind === 'rule').map((rule) => [rule.meta.id, rule] as const))(
    '%s: every sample comes out as it says [H01]',
    (_, rule) => {
      const samples = rule.meta.samples.flatMap((sample) => ('sequence' in sample ? [] : [sample]));
      const events = samples.map((sample) => eventOfSample(engine, standardization, sample));
      const hits = hitsOf(engine, rule.text, events);
      for (const [index, sample] of samples.entries()) {
        expect(hits[index], `sample ${index}: ${JSON.stringify({ ...sample, event: events[index] }).slice(0, 3000)}`).toBe(sample.hits);
      }
    },
  );
});
