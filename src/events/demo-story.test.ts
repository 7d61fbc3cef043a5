import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogstoreInfo } from '../control/catalog.ts';
import { decodeGroup } from '../core/group-reader.ts';
import { campaignLogs, campaignSec, readCampaign } from '../demo/campaign.ts';
import { campaignBegin, demoStory } from '../demo/story.ts';
import { EVENT_TABLES } from '../detect/event-tables.ts';
import { givenEvents } from '../detect/given-events.ts';
import type { Hit, HitEvidence } from '../detect/hit.ts';
import { makeHit } from '../detect/make-hit.ts';
import { loadDetectionRules } from '../detect/rule-files.ts';
import { buildRuleSet } from '../detect/rule-set.ts';
import { guessFrequency } from '../detect/witness.ts';
import { classTable } from '../standardize/class-table.ts';
import type { OcsfEvent } from '../standardize/event-row.ts';
import { loadRuleFiles } from '../standardize/rule-files.ts';
import { matchesLogstore, type SampleLog } from '../standardize/rule.ts';
import { MAX_TEST_LOGS, sampleEvents, sampleSelect } from '../standardize/test-rule.ts';
import { TestEngine } from '../standardize/testing/engine.ts';
import { StateSecurityEvents } from './events-service.ts';
import { TestPipeline } from './testing/pipeline.ts';

const NOW = Date.UTC(2026, 4, 6, 7, 8, 9);

/** Everyday logs beside the attack's: enough of each kind, few enough to be quick. */
const BACKGROUND = 700;

interface Made {
  readonly classUid: number;
  readonly event: OcsfEvent;
  readonly logstore: number;
  readonly place: number;
  readonly receivedMs: number;
  /** Step of the attack that the log is of; '' for everyday ones. */
  readonly step: string;
}

let engine: TestEngine;
let one: TestPipeline;
beforeAll(async () => {
  engine = new TestEngine();
  one = await TestPipeline.open();
});
afterAll(async () => {
  engine.close();
  await one.close();
});

/** The story's logs by logstore, as rules of standardization read them. */
async function storyLogs(background: number): Promise<ReadonlyMap<string, SampleLog[]>> {
  const byStore = new Map<string, SampleLog[]>();
  for await (const { project, logstore, group } of demoStory({ nowMs: NOW, background })) {
    const { logs, topic, source } = decodeGroup(group.bytes);
    const own = byStore.get(`${project}/${logstore}`) ?? [];
    byStore.set(`${project}/${logstore}`, own);
    for (const log of logs) own.push({ ...log.fields, __time__: String(log.timeSec), __topic__: topic, __source__: source });
  }
  return byStore;
}

/** A log of the attack by its content. */
function keyOf(log: SampleLog): string {
  return JSON.stringify(Object.entries(log).filter(([key]) => !key.startsWith('__')));
}

/** Attack logs → the step of the attack they are of, in the order of the attack. */
async function attackSteps(): Promise<ReadonlyMap<string, string>> {
  const lines = await readCampaign();
  const logs = campaignLogs(lines, campaignBegin(NOW, campaignSec(lines)));
  return new Map(logs.map((log, index) => [keyOf(log.fields), lines[index]?.step ?? '']));
}

/** Events by the built-in standardization. */
async function eventsOf(byStore: ReadonlyMap<string, readonly SampleLog[]>, steps: ReadonlyMap<string, string>): Promise<readonly Made[]> {
  const rules = await loadRuleFiles();
  const made: Made[] = [];
  for (const [index, [store, logs]] of [...byStore].entries()) {
    const [project = '', logstore = ''] = store.split('/');
    for (const rule of rules.filter((rule) => matchesLogstore(rule, project, logstore)))
      for (let from = 0; from < logs.length; from += MAX_TEST_LOGS) {
        const some = logs.slice(from, from + MAX_TEST_LOGS);
        for (const [at, { event, log }] of sampleEvents(rule, some, engine.run(sampleSelect(rule, some))).entries()) {
          if (event === null) continue;
          const step = steps.get(keyOf(log)) ?? '';
          made.push({
            classUid: rule.classUid,
            event,
            logstore: index + 1,
            place: from + at,
            receivedMs: Number(log['__time__']) * 1000,
            step,
          });
        }
      }
  }
  return made;
}

/** What the built-in detection rules find in them, on the real engine: every rule's condition over every event of its class. */
async function hitsOf(events: readonly Made[]): Promise<readonly Hit[]> {
  const set = buildRuleSet(await loadDetectionRules(), { tables: EVENT_TABLES, frequency: guessFrequency });
  expect([...set.faults]).toEqual([]);
  const hits: Hit[] = [];
  for (const [classUid, plan] of set.classes) {
    const own = events.filter((made) => made.classUid === classUid);
    const rules = plan.rules.filter((rule) => !set.silent.has(rule.meta.id));
    if (own.length === 0 || rules.length === 0) continue;
    const given = givenEvents(
      classTable(classUid),
      own.map((made) => made.event),
    );
    const conditions = rules.map((rule) => `toUInt8(${rule.predicate})`).join(', ');
    for (const [idx, found] of engine.run({ text: `SELECT idx, [${conditions}] FROM ${given.from}`, params: given.params })) {
      const { event, logstore, place, receivedMs } = own[Number(idx)] as Made;
      const origin = { logstore, shard: 0, cursor: String(place), index: 0, rule: '', revision: 1, receivedMs, timeReplaced: false };
      for (const [number, rule] of rules.entries())
        if ((found as readonly number[])[number] === 1) hits.push(makeHit(rule, { event, origin }));
    }
  }
  return hits;
}

test('the demonstration ends in one event over four clouds, its steps in order, and everyday traffic is no part of it [H02 H03]', async () => {
  const steps = await attackSteps();
  const made = await eventsOf(await storyLogs(BACKGROUND), steps);
  const stepOf = new Map(made.map((one) => [`${one.logstore}/${one.place}`, one.step]));
  const hits = await hitsOf(made);
  // As sources deliver: not in order.
  const mixed = [...hits].sort((a, b) => (a.uid < b.uid ? -1 : 1));
  for (let from = 0; from < mixed.length; from += 20) await one.take(...mixed.slice(from, from + 20));

  const catalog = { logstoreById: (id: number) => ({ project: 'p', name: String(id) }) as unknown as LogstoreInfo };
  const events = new StateSecurityEvents({ state: one.state, builder: one.builder, settings: one.settings.events, catalog });
  const { items } = await events.list({ sort: 'severity' }, one.ctx);
  expect(items.map((item) => item.title)).toHaveLength(1);
  const event = await events.get(items[0]?.id ?? '', one.ctx);
  expect(event.title).toBe('Web attack recognized but let through, then cluster administrator made');
  // Everyday logs are evidence of nothing; of the attack only a container's look at secrets stays apart, since it names nothing that the rest does.
  const evidenceSteps = (alert: { readonly evidence: readonly HitEvidence[] }) =>
    alert.evidence.map((log) => stepOf.get(`${log.logstore}/${log.cursor}`));
  const alerts = await one.alerts();
  for (const alert of alerts) expect(evidenceSteps(alert), alert.title).not.toContain('');
  expect(alerts.filter((alert) => alert.event === null).map((alert) => alert.ruleId)).toEqual(['cloud.k8s-secret-refused']);

  expect(new Set(event.clouds.map(({ cloud }) => cloud))).toEqual(new Set(['alibaba', 'aws', 'huawei', 'tencent']));
  expect(event.severity).toBe('critical');
  expect(event.tactics.length).toBeGreaterThanOrEqual(10);
  // In the order of time, which is the order of the attack: each step of it begins where the one before did.
  expect(event.steps.map((step) => step.time)).toEqual(event.steps.map((step) => step.time).sort());
  const labels = event.steps.flatMap((step) => step.evidence.slice(0, 1).map((log) => stepOf.get(`${log.logstore}/${log.cursor}`) ?? ''));
  expect([...new Set(labels)]).toEqual([...new Set(steps.values())]);

  const order = new Map(event.steps.map((step, index) => [step.alertId, index]));
  const causes = new Set<string>();
  const reached = new Set([event.steps[0]?.alertId]);
  for (const edge of event.edges) {
    expect(order.get(edge.from)).toBeLessThan(order.get(edge.to) as number);
    if (reached.has(edge.from)) reached.add(edge.to);
    if (edge.kind !== 'cause') continue;
    expect(causes.has(edge.to), `second cause of ${edge.to}`).toBe(false);
    causes.add(edge.to);
  }
  expect(reached.size / event.steps.length).toBeGreaterThan(0.8);
  expect(event.edges.some((edge) => edge.crossesClouds)).toBe(true);
}, 60_000);
