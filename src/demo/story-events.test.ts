import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeGroup } from '../core/group-reader.ts';
import { loadRuleFiles } from '../standardize/rule-files.ts';
import { matchesLogstore, type SampleLog } from '../standardize/rule.ts';
import { MAX_TEST_LOGS, sampleEvents, sampleSelect } from '../standardize/test-rule.ts';
import { TestEngine } from '../standardize/testing/engine.ts';
import { campaignLogs, readCampaign } from './campaign.ts';
import type { DemoLog } from './demo-log.ts';
import { demoStory } from './story.ts';

const NOW = Date.UTC(2026, 4, 6, 7, 8, 9);
const rules = await loadRuleFiles();
let engine: TestEngine;

beforeAll(() => {
  engine = new TestEngine();
});

afterAll(() => engine.close());

const sample = (log: Pick<DemoLog, 'timeSec' | 'topic' | 'source' | 'fields'>): SampleLog => ({
  ...log.fields,
  __time__: String(log.timeSec),
  __topic__: log.topic,
  __source__: log.source,
});

/** Events that the built-in rules make of logs, by the rules' own match; one list per log. */
function standardized(project: string, logstore: string, logs: readonly SampleLog[]) {
  const made: { rule: string; event: Readonly<Record<string, unknown>>; timeReplaced: boolean }[][] = logs.map(() => []);
  for (const rule of rules.filter((one) => matchesLogstore(one, project, logstore))) {
    for (let from = 0; from < logs.length; from += MAX_TEST_LOGS) {
      const some = logs.slice(from, from + MAX_TEST_LOGS);
      for (const [index, one] of sampleEvents(rule, some, engine.run(sampleSelect(rule, some))).entries()) {
        if (one.event !== null) made[from + index]?.push({ rule: rule.id, event: one.event, timeReplaced: one.timeReplaced });
      }
    }
  }
  return made;
}

test('every log of the attack becomes an event at its place in the story', async () => {
  const lines = await readCampaign();
  const begin = Math.floor(NOW / 1000) - 3000;
  const logs = campaignLogs(lines, begin);
  for (const key of new Set(logs.map((log) => `${log.project}/${log.logstore}`))) {
    const [project, logstore] = key.split('/') as [string, string];
    const own = logs.filter((log) => log.logstore === logstore);
    for (const [index, events] of standardized(project, logstore, own.map(sample)).entries()) {
      const what = `${logstore} ${own[index]?.topic} at ${own[index]?.timeSec}`;
      expect(events.length, what).toBeGreaterThanOrEqual(1);
      for (const { event, timeReplaced } of events) {
        expect(timeReplaced, what).toBe(false);
        expect(Math.abs((event['time'] as number) / 1000 - (own[index] as DemoLog).timeSec), what).toBeLessThanOrEqual(60);
      }
    }
  }
});

test('everyday logs become events too, hardly one of them more than low', async () => {
  const byLogstore = new Map<string, SampleLog[]>();
  for await (const { project, logstore, group } of demoStory({ nowMs: NOW, background: 1500 })) {
    const decoded = decodeGroup(group.bytes);
    const own = byLogstore.get(`${project}/${logstore}`) ?? [];
    for (const log of decoded.logs) {
      const text = JSON.stringify(log.fields);
      if (!/203\.0\.113\.|198\.51\.100\.23\b|example\.net|db01.*LOAD_FILE/.test(text))
        own.push(sample({ timeSec: log.timeSec, topic: decoded.topic, source: decoded.source, fields: log.fields }));
    }
    byLogstore.set(`${project}/${logstore}`, own);
  }
  let total = 0;
  let notable = 0;
  for (const [key, logs] of byLogstore) {
    const [project, logstore] = key.split('/') as [string, string];
    for (const [index, events] of standardized(project, logstore, logs).entries()) {
      total++;
      expect(events.length, `${key} ${JSON.stringify(logs[index])}`).toBeGreaterThanOrEqual(1);
      if (events.some(({ event }) => (event['severity_id'] as number) > 2)) notable++;
    }
  }
  expect(total).toBeGreaterThan(1400);
  // The few logs of the attack that bear none of its addresses, a mistyped password, a 502.
  expect(notable / total).toBeLessThan(0.02);
});
