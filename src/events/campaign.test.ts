import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeHit } from '../alerts/testing/make-hit.ts';
import { campaignLogs, readCampaign, type CampaignLine } from '../demo/campaign.ts';
import type { DemoLog } from '../demo/demo-log.ts';
import { TACTICS } from '../detect/attack.ts';
import type { Hit } from '../detect/hit.ts';
import { loadRuleFiles } from '../standardize/rule-files.ts';
import { matchesLogstore } from '../standardize/rule.ts';
import { sampleEvents, sampleSelect } from '../standardize/test-rule.ts';
import { TestEngine } from '../standardize/testing/engine.ts';
import { StateSecurityEvents } from './events-service.ts';
import { TestPipeline } from './testing/pipeline.ts';

const NOW = Date.UTC(2026, 4, 6, 7, 8, 9);
const BEGIN_SEC = Math.floor(NOW / 1000) - 3000;
const CLOUDS: Readonly<Record<string, string>> = {
  'sec-prod': 'Alibaba Cloud',
  'sec-tencent': 'Tencent Cloud',
  'sec-huawei': 'Huawei Cloud',
  'sec-aws': 'AWS',
};
/** Stages that say little by themselves. */
const LOW = new Set(['TA0043', 'TA0007']);

let engine: TestEngine;
let one: TestPipeline;
let lines: readonly CampaignLine[];
let hits: readonly Hit[];

type Event = Readonly<Record<string, unknown>>;

const at = (event: Event, path: string): string => {
  let value: unknown = event;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return typeof value === 'string' ? value : '';
};

function entitiesOf(event: Event): string[] {
  const found = [
    ['ip', 'src_endpoint.ip', 'actor'],
    ['user', 'actor.user.name', 'actor'],
    ['user', 'user.name', 'target'],
    ['key', 'actor.user.credential_uid', 'actor'],
    ['host', 'device.hostname', 'target'],
    ['host', 'device.uid', 'target'],
    ['ip', 'device.ip', 'target'],
    ['ip', 'dst_endpoint.ip', 'target'],
    ['host', 'dst_endpoint.instance_uid', 'target'],
    ['domain', 'query.hostname', 'related'],
  ].flatMap(([type, path = '', role]) => (at(event, path) === '' ? [] : [`${type}:${at(event, path)}:${role}`]));
  const evidences = (event['evidences'] as readonly Event[] | undefined) ?? [];
  for (const evidence of evidences) {
    if (at(evidence, 'src_endpoint.ip') !== '') found.push(`ip:${at(evidence, 'src_endpoint.ip')}:actor`);
    if (at(evidence, 'dst_endpoint.ip') !== '') found.push(`ip:${at(evidence, 'dst_endpoint.ip')}:target`);
  }
  const resources = (event['resources'] as readonly Event[] | undefined) ?? [];
  return [
    ...found,
    ...resources
      .map((one) => at(one, 'uid'))
      .filter((uid) => uid !== '')
      .map((uid) => `resource:${uid}:target`),
  ];
}

/** Events that the built-in standardization makes of the logs, by their place. */
async function standardized(logs: readonly DemoLog[]): Promise<ReadonlyMap<number, Event>> {
  const made = new Map<number, Event>();
  const rules = await loadRuleFiles();
  for (const store of new Set(logs.map((log) => `${log.project}/${log.logstore}`))) {
    const own = [...logs.entries()].filter(([, log]) => `${log.project}/${log.logstore}` === store);
    const samples = own.map(([, log]) => ({
      ...log.fields,
      __time__: String(log.timeSec),
      __topic__: log.topic,
      __source__: log.source,
    }));
    const [project = '', logstore = ''] = store.split('/');
    for (const rule of rules.filter((rule) => matchesLogstore(rule, project, logstore)))
      for (const [index, { event }] of sampleEvents(rule, samples, engine.run(sampleSelect(rule, samples))).entries()) {
        const place = own[index]?.[0];
        if (event !== null && place !== undefined) made.set(place, event);
      }
  }
  return made;
}

/** What a rule per step and technique would find. */
async function campaignHits(): Promise<Hit[]> {
  const logs = campaignLogs(lines, BEGIN_SEC);
  const events = await standardized(logs);
  return lines.flatMap((line, index): Hit[] => {
    const [log, event] = [logs[index], events.get(index)];
    if (log === undefined || event === undefined) return [];
    return [
      makeHit({
        ruleId: `${line.step}.${line.technique}.${line.logstore}`,
        at: log.timeSec * 1000,
        entities: entitiesOf(event),
        eventUid: String(index),
        provider: CLOUDS[line.project] ?? '',
        severityId: LOW.has(line.tactic) ? 2 : 4,
        tactics: TACTICS.filter((tactic) => tactic.id === line.tactic).map((tactic) => tactic.shortName),
        techniques: [{ id: line.technique, name: '' }],
      }),
    ];
  });
}

beforeAll(async () => {
  engine = new TestEngine();
  one = await TestPipeline.open();
  lines = await readCampaign();
  hits = await campaignHits();
});
afterAll(async () => {
  engine.close();
  await one.close();
});

test('the attack over four clouds is one event, every step of it in order [H02 H03 H04]', async () => {
  const noise = Array.from({ length: 60 }, (_, n) =>
    makeHit({
      ruleId: n % 2 === 0 ? 'failed-logon' : 'blocked',
      at: BEGIN_SEC * 1000 + n * 60_000,
      entities: [`ip:192.0.2.${n}:actor`, 'domain:www.example.com:target', `user:root:target`],
      severityId: 2,
      tactics: ['credential-access'],
    }),
  );
  // As they come: sources are late, and not in step with each other.
  const mixed = [...hits, ...noise].sort((a, b) => Number.parseInt(a.uid.slice(0, 6), 16) - Number.parseInt(b.uid.slice(0, 6), 16));
  for (let from = 0; from < mixed.length; from += 9) await one.take(...mixed.slice(from, from + 9));
  const events = new StateSecurityEvents({
    state: one.state,
    builder: one.builder,
    settings: one.settings.events,
    catalog: { logstoreById: () => null },
  });
  const { items } = await events.list({ sort: 'severity' }, one.ctx);
  const event = await events.get(items[0]?.id ?? '', one.ctx);
  expect(event.clouds.map(({ cloud }) => cloud).sort()).toEqual(['alibaba', 'aws', 'huawei', 'tencent']);
  expect(event.severity).toBe('critical');
  expect(event.tactics.length).toBeGreaterThanOrEqual(10);
  // Every other event is a single alert of what shares nothing with the attack (the second address tried once, and nothing followed).
  expect(items.slice(1).map((item) => [item.alertCount, item.entities.map((entity) => entity.value)])).toEqual([[1, ['203.0.113.67']]]);

  const stepOf = (ruleId: string): string => ruleId.slice(0, ruleId.indexOf('.'));
  const inEvent = event.steps.map((step) => stepOf(step.ruleId));
  expect(inEvent).not.toContain('');
  expect([...new Set(inEvent)]).toEqual([...new Set(lines.map((line) => line.step))]);
  expect(event.steps.map((step) => step.time)).toEqual(event.steps.map((step) => step.time).sort());
  // Every finding is in it, but that one and a container's look at secrets, which names nothing that the attack does.
  const counted = event.steps.reduce((sum, step) => sum + step.count, 0);
  const apart = ['203.0.113.67', '10.0.7.7'];
  expect(counted).toBe(hits.filter((hit) => !apart.includes(hit.mainKey)).length);

  const order = new Map(event.steps.map((step, index) => [step.alertId, index]));
  const causes = new Set<string>();
  for (const edge of event.edges) {
    expect(order.get(edge.from)).toBeLessThan(order.get(edge.to) as number);
    if (edge.kind === 'cause') expect(causes.has(edge.to)).toBe(false);
    if (edge.kind === 'cause') causes.add(edge.to);
  }
  // One chain: from the first step everything is reached.
  const reached = new Set([event.steps[0]?.alertId]);
  for (const edge of event.edges.toSorted((a, b) => (order.get(a.to) ?? 0) - (order.get(b.to) ?? 0)))
    if (reached.has(edge.from)) reached.add(edge.to);
  expect(reached.size).toBeGreaterThan(event.steps.length * 0.6);
  expect(event.edges.some((edge) => edge.crossesClouds)).toBe(true);
});
