import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classColumn, classTable } from './class-table.ts';
import { eventFromRow, storedEvent } from './event-row.ts';
import { ocsfClass } from './ocsf-schema.ts';
import { loadRuleFiles } from './rule-files.ts';
import type { StandardizationRule } from './rule.ts';
import { sampleDifferences, withoutDerived } from './sample-check.ts';
import { sampleEvents, sampleSelect } from './test-rule.ts';
import { TestEngine } from './testing/engine.ts';

const rules = await loadRuleFiles();
let engine: TestEngine;

beforeAll(() => {
  engine = new TestEngine();
});

afterAll(() => engine.close());

/** Most of what the schema demands of an event, where Sluice can know it. */
function missing(rule: StandardizationRule, event: Readonly<Record<string, unknown>>): string[] {
  const attributes = ocsfClass(rule.classUid).attributes;
  return Object.entries(attributes)
    .filter(([name, attribute]) => attribute.r === 'q' && attribute.p === undefined && event[name] === undefined)
    .map(([name]) => name);
}

describe('built-in standardization rules', () => {
  test('there are rules for every vendor', () => {
    expect(new Set(rules.map((rule) => rule.provider))).toEqual(
      new Set(['Alibaba Cloud', 'Tencent Cloud', 'Huawei Cloud', 'AWS', 'Azure', 'GCP']),
    );
  });

  test('every rule has samples', () => {
    expect(rules.filter((rule) => rule.samples.every((sample) => sample.event === null)).map((rule) => rule.id)).toEqual([]);
  });

  test('alert logs of Huawei Cloud Firewall and WAF become findings, each by a rule of its own [C01]', () => {
    for (const id of ['huawei.cfw-attack', 'huawei.waf-attack-finding']) {
      const rule = rules.find((candidate) => candidate.id === id)!;
      const logs = rule.samples.filter((sample) => sample.event !== null).map((sample) => sample.log);
      const events = engine.run(sampleSelect(rule, logs)).map((row) => eventFromRow(classTable(rule.classUid), row).event);
      expect(events.length, id).toBe(logs.length);
      for (const event of events)
        expect(event).toMatchObject({ class_uid: 2004, is_alert: true, finding_info: { title: expect.stringMatching(/./) as string } });
    }
  });

  test.each(rules.map((rule) => [rule.id, rule] as const))('%s makes exactly the events of its samples [G02]', (_, rule) => {
    const table = classTable(rule.classUid);
    const logs = rule.samples.map((sample) => sample.log);
    const rows = engine.run(sampleSelect(rule, logs));
    const tested = sampleEvents(rule, logs, rows);
    expect(sampleDifferences(rule, tested)).toEqual([]);
    // Built-in samples are whole: nothing is made that they do not list.
    const stored = new Map(rows.map((row) => [storedEvent(table, row).origin.index, withoutDerived(rule, storedEvent(table, row).event)]));
    for (const [index, sample] of rule.samples.entries()) expect(stored.get(index) ?? null).toEqual(sample.event);
    for (const row of rows) {
      const { event, origin } = eventFromRow(table, row);
      expect(origin).toMatchObject({ rule: rule.id, revision: rule.revision, timeReplaced: false });
      expect(missing(rule, event)).toEqual([]);
      expect(event['severity']).not.toBe('');
      for (const id of ['activity_id', 'severity_id', 'status_id', 'action_id', 'disposition_id']) {
        const value = event[id] as number | undefined;
        if (value === undefined || classColumn(table, id) === null) continue;
        expect(ocsfClass(rule.classUid).attributes[id]?.e?.[String(value)], `${id} ${value}`).toBeDefined();
      }
    }
  });
});
