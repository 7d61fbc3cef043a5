import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StateAlerts } from '../alerts/alerts-service.ts';
import { makeHit } from '../alerts/testing/make-hit.ts';
import { securityEvent } from '../api/rest/contract/security-events.ts';
import { alert as alertContract } from '../api/rest/contract/alerts.ts';
import type { LogstoreNames } from '../alerts/alert-body.ts';
import { SluiceError } from '../core/errors.ts';
import type { LogstoreInfo } from '../control/catalog.ts';
import { StateSecurityEvents } from './events-service.ts';
import { TestPipeline, type Changed } from './testing/pipeline.ts';

const T0 = Date.UTC(2024, 8, 10, 9, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const names: LogstoreNames = {
  logstoreById: (id) => (id > 9 ? null : ({ project: 'sec-prod', name: `store-${id}` } as unknown as LogstoreInfo)),
};
const SORT = { sort: 'severity' } as const;

let one: TestPipeline;
let events: StateSecurityEvents;
let alerts: StateAlerts;
async function start(changed: Changed = {}): Promise<void> {
  one = await TestPipeline.open(changed);
  events = new StateSecurityEvents({ state: one.state, builder: one.builder, settings: one.settings.events, catalog: names });
  alerts = new StateAlerts({ state: one.state, catalog: names });
}
beforeEach(() => start());
afterEach(() => one.close());

const code = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'no error';
  } catch (thrown) {
    return thrown instanceof SluiceError ? thrown.code : String(thrown);
  }
};
const hit = (ruleId: string, minutes: number, entities: readonly string[], more: Partial<Parameters<typeof makeHit>[0]> = {}) =>
  makeHit({ ruleId, at: T0 + minutes * MINUTE, entities, severityId: 4, ...more });

/** A break-in over two clouds: six steps, the address of the attacker in most of them. */
const breakIn = [
  hit('scan', 0, ['ip:203.0.113.66:actor', 'host:web-01:target'], {
    severityId: 2,
    tactics: ['reconnaissance'],
    techniques: [{ id: 'T1595', name: '' }],
  }),
  hit('sqli', 4, ['ip:203.0.113.66:actor', 'host:web-01:target'], { tactics: ['initial-access'] }),
  hit('shell', 10, ['host:web-01', 'ip:198.51.100.23:target'], { severityId: 5, tactics: ['execution'] }),
  hit('key', 20, ['user:ops-alice:actor', 'ip:203.0.113.66:actor', 'key:LTAI5tEXAMPLE:target'], {
    severityId: 5,
    tactics: ['persistence'],
  }),
  hit('login', 31, ['user:alice:actor', 'ip:203.0.113.66:actor'], { tactics: ['initial-access'], provider: 'AWS' }),
  hit('trail', 35, ['user:alice:actor', 'ip:203.0.113.66:actor', 'resource:org-trail:target'], {
    tactics: ['defense-evasion'],
    provider: 'AWS',
  }),
];

describe('a chain', () => {
  test('is one event with its steps in order, and what led to each [H02 H03]', async () => {
    await one.take(...breakIn.toReversed());
    const { items } = await events.list({ ...SORT }, one.ctx);
    expect(items).toHaveLength(1);
    const event = await events.get('SE-1', one.ctx);
    expect(securityEvent.parse(event)).toEqual(event);
    expect(event.steps.map((step) => step.ruleId)).toEqual(['scan', 'sqli', 'shell', 'key', 'login', 'trail']);
    expect(event.tactics.map(({ tactic }) => tactic)).toEqual(['reconnaissance', 'initial-access', 'execution', 'persistence', 'stealth']);
    expect(event.clouds).toEqual([
      { cloud: 'alibaba', alerts: 4 },
      { cloud: 'aws', alerts: 2 },
    ]);
    expect(event.riskParts.reduce((sum, part) => sum + part.points, 0)).toBeCloseTo(event.riskScore, 5);
    expect(event.riskScore).toBeGreaterThan(90);
    expect(event.severity).toBe('critical');
    expect(event.title).toBe('sqli, then key');
    expect(event.entities[0]?.value).toBe('203.0.113.66');
    expect(event.dueAt).toBe(new Date(one.clock.nowMs() + HOUR).toISOString());
    const place = new Map(event.steps.map((step) => [step.alertId, step.ruleId]));
    const edges = event.edges.map(
      (edge) => `${place.get(edge.from)} → ${place.get(edge.to)} ${edge.kind}${edge.crossesClouds ? ' crossing' : ''}`,
    );
    expect(edges).toEqual([
      'scan → sqli cause',
      'sqli → shell cause',
      'sqli → key shared-source',
      'key → login shared-source crossing',
      'login → trail cause',
    ]);
    expect(event.edges[1]?.via).toEqual([{ type: 'host', value: 'web-01', role: 'related' }]);
    expect(event.steps[0]?.evidence[0]).toMatchObject({ project: 'sec-prod', logstore: 'store-1', shard: 0 });
  });

  test('is found by its parts, and listed page by page', async () => {
    await one.take(...breakIn);
    for (let n = 0; n < 4; n++)
      await one.take(
        hit('miner', n * 5, [`host:db-0${n}`, 'domain:pool.example.net'], {
          provider: 'Huawei Cloud',
          tactics: ['impact'],
          passThrough: true,
          at: T0 + n * DAY,
        }),
      );
    const all: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await events.list({ ...SORT, pageSize: 2, pageToken }, one.ctx);
      all.push(...page.items.map((event) => event.id));
      pageToken = page.nextPageToken === '' ? undefined : page.nextPageToken;
    } while (pageToken !== undefined);
    expect(all).toEqual(['SE-1', 'SE-5', 'SE-4', 'SE-3', 'SE-2']);
    const found = async (query: object) => (await events.list({ ...SORT, ...query }, one.ctx)).items.map((event) => event.id);
    expect(await found({ entity: 'ops-alice' })).toEqual(['SE-1']);
    expect(await found({ cloud: ['huawei'] })).toHaveLength(4);
    expect(await found({ tactic: 'defense-evasion' })).toEqual(['SE-1']);
    expect(await found({ tactic: '%' })).toEqual([]);
    expect(await found({ severity: ['critical'] })).toEqual(['SE-1']);
    expect(await found({ from: new Date(T0 + 3 * DAY).toISOString() })).toEqual(['SE-5']);
    expect(await code(events.list({ sort: 'lastSeen', pageToken: 'djE6eA' }, one.ctx))).toBe('request.invalid');
    expect(await events.summary({ status: ['new'] }, one.ctx)).toMatchObject({
      byStatus: { new: 5, closed: 0 },
      bySeverity: { critical: 1, high: 4 },
      total: 5,
      withoutOwner: 5,
    });
    expect(await code(events.get('SE-99', one.ctx))).toBe('request.not_found');
    expect(await code(events.get('nonsense', one.ctx))).toBe('request.not_found');
  });
});

describe('late alerts', () => {
  test('that join two events make them one; the older id stays, the other leads there', async () => {
    await one.take(hit('a', 0, ['ip:203.0.113.1:actor', 'host:h1']), hit('b', 300, ['ip:203.0.113.2:actor', 'host:h2']));
    expect((await events.list({ ...SORT }, one.ctx)).items).toHaveLength(2);
    await events.comment('SE-2', 'looks bad', 'user:ada', one.ctx);
    const before = await events.get('SE-2', one.ctx);
    await events.update('SE-2', { owner: 'ada', status: 'investigating' }, before.etag, 'user:ada', one.ctx);
    // Both addresses, between the two in time.
    await one.take(hit('c', 150, ['ip:203.0.113.1:actor', 'ip:203.0.113.2:actor']));
    const event = await events.get('SE-2', one.ctx);
    expect(event).toMatchObject({ id: 'SE-1', mergedInto: 'SE-1', alertCount: 3, owner: 'ada', status: 'investigating' });
    expect((await events.list({ ...SORT }, one.ctx)).items.map((item) => [item.id, item.mergedInto])).toEqual([['SE-1', null]]);
    const { items } = await events.activity('SE-1', {}, one.ctx);
    expect(items.map((item) => item.kind)).toEqual(['alert-joined', 'merged', 'changed', 'comment', 'created', 'created']);
    expect((await alerts.list({ eventId: 'SE-2' }, one.ctx)).items).toHaveLength(3);
  });

  test('do not join what different people work on: both are related instead', async () => {
    await one.take(hit('a', 0, ['ip:203.0.113.1:actor']), hit('b', 300, ['ip:203.0.113.2:actor']));
    for (const [id, owner] of [
      ['SE-1', 'ada'],
      ['SE-2', 'bob'],
    ] as const)
      await events.update(id, { owner }, (await events.get(id, one.ctx)).etag, `user:${owner}`, one.ctx);
    await one.take(hit('c', 150, ['ip:203.0.113.1:actor', 'ip:203.0.113.2:actor']));
    expect(await events.get('SE-1', one.ctx)).toMatchObject({ alertCount: 2, owner: 'ada', related: [{ id: 'SE-2' }] });
    expect(await events.get('SE-2', one.ctx)).toMatchObject({ alertCount: 1, owner: 'bob', related: [{ id: 'SE-1' }] });
  });

  test('what one found no event for becomes one when it matters', async () => {
    await one.take(hit('odd', 0, ['user:carol'], { severityId: 2 }));
    expect((await events.list({ ...SORT }, one.ctx)).items).toHaveLength(0);
    expect((await alerts.list({}, one.ctx)).items[0]).toMatchObject({ id: 'AL-1', eventId: null });
    await one.take(hit('bad', 60, ['user:carol']));
    expect(await events.get('SE-1', one.ctx)).toMatchObject({ alertCount: 2 });
  });
});

describe('what people decide', () => {
  test('only on what they have read; closing closes the alerts, opening opens them', async () => {
    await one.take(...breakIn);
    const read = await events.get('SE-1', one.ctx);
    await one.take(hit('sqli', 5, ['ip:203.0.113.66:actor', 'host:web-01:target']));
    const closed = await events.update(
      'SE-1',
      { status: 'closed', verdict: 'true_positive', note: 'done' },
      read.etag,
      'user:ada',
      one.ctx,
    );
    expect(closed).toMatchObject({ status: 'closed', verdict: 'true_positive', dueAt: null, riskScore: read.riskScore });
    expect(await code(events.update('SE-1', { owner: 'bob' }, read.etag, 'user:bob', one.ctx))).toBe('request.conflict');
    expect((await alerts.summary({}, one.ctx)).byStatus).toEqual({ new: 0, acknowledged: 0, suppressed: 0, closed: 6 });
    const opened = await events.update('SE-1', { status: 'investigating', title: 'Break-in' }, closed.etag, 'user:ada', one.ctx);
    expect(opened).toMatchObject({ status: 'investigating', verdict: null, title: 'Break-in', alertCount: 6 });
    expect((await alerts.summary({}, one.ctx)).byStatus).toMatchObject({ acknowledged: 6 });
    const { items } = await events.activity('SE-1', { pageSize: 2 }, one.ctx);
    expect(items[0]).toMatchObject({
      kind: 'reopened',
      actor: 'user:ada',
      text: 'status closed → investigating; verdict true_positive → –; title sqli, then key → Break-in',
    });
    expect(items[1]?.text).toBe('status new → closed; verdict – → true_positive; note: done');
  });

  test('a harmless event explains the same alerts that come later, and nothing worse', async () => {
    await one.take(hit('cron', 0, ['user:backup', 'host:h1'], { tactics: ['execution'] }));
    const { etag } = await events.get('SE-1', one.ctx);
    await events.update('SE-1', { status: 'closed', verdict: 'expected' }, etag, 'user:ada', one.ctx);
    await one.take(hit('cron', 90, ['user:backup', 'host:h1'], { tactics: ['execution'] }));
    expect((await alerts.list({ status: ['suppressed'] }, one.ctx)).items).toMatchObject([{ eventId: 'SE-1' }]);
    expect((await events.list({ ...SORT, status: ['new'] }, one.ctx)).items).toHaveLength(0);
    await one.take(hit('dump', 95, ['user:backup', 'host:h1'], { tactics: ['credential-access'] }));
    expect(await events.get('SE-2', one.ctx)).toMatchObject({ alertCount: 1, related: [{ id: 'SE-1' }] });
    expect(await events.get('SE-1', one.ctx)).toMatchObject({ status: 'closed', alertCount: 2 });
  });

  test('a true one is opened again by what comes soon after; later it is another event', async () => {
    await one.take(hit('a', 0, ['key:AKIA1', 'ip:203.0.113.1']));
    const { etag } = await events.get('SE-1', one.ctx);
    await events.update('SE-1', { status: 'closed', verdict: 'true_positive' }, etag, 'user:ada', one.ctx);
    await one.take(hit('b', 20 * 60, ['key:AKIA1', 'ip:203.0.113.1']));
    expect(await events.get('SE-1', one.ctx)).toMatchObject({ status: 'investigating', alertCount: 2 });
    expect((await events.activity('SE-1', {}, one.ctx)).items.map((item) => item.kind)).toContain('reopened');
  });

  test('what came long after closing is an event of its own, related', async () => {
    await one.close();
    await start({ events: { reopenDays: 0.5 } });
    await one.take(hit('a', 0, ['key:AKIA1']));
    await events.update('SE-1', { status: 'closed' }, (await events.get('SE-1', one.ctx)).etag, 'user:ada', one.ctx);
    await one.take(hit('b', 20 * 60, ['key:AKIA1']));
    expect(await events.get('SE-2', one.ctx)).toMatchObject({ alertCount: 1, related: [{ id: 'SE-1' }] });
    expect((await events.get('SE-1', one.ctx)).status).toBe('closed');
  });

  test('events merged by hand stay together whatever comes, and a closed one takes nothing in', async () => {
    await one.take(hit('a', 0, ['ip:203.0.113.1']), hit('b', 0, ['ip:203.0.113.2']), hit('c', 0, ['ip:203.0.113.3']));
    await events.merge('SE-2', ['SE-1', 'SE-2'], 'user:ada', one.ctx);
    await one.take(hit('d', 30, ['ip:203.0.113.1']));
    expect(await events.get('SE-1', one.ctx)).toMatchObject({ id: 'SE-2', mergedInto: 'SE-2', alertCount: 3 });
    await events.update('SE-3', { status: 'closed' }, (await events.get('SE-3', one.ctx)).etag, 'user:ada', one.ctx);
    expect(await code(events.merge('SE-3', ['SE-2'], 'user:ada', one.ctx))).toBe('request.conflict');
    expect(await code(events.merge('SE-2', ['SE-77'], 'user:ada', one.ctx))).toBe('request.not_found');
  });

  test('an alert found to be nothing no longer counts for its event', async () => {
    await one.take(...breakIn);
    const before = await events.get('SE-1', one.ctx);
    const { items } = await alerts.list({ severity: ['critical'] }, one.ctx);
    const changed = await alerts.updateMany(
      [...items.map((item) => item.id), 'AL-99'],
      { status: 'closed', verdict: 'false_positive' },
      'user:ada',
      one.ctx,
    );
    expect(changed).toEqual({ updated: ['AL-3', 'AL-4'], refused: [{ id: 'AL-99', detail: 'there is no alert AL-99' }] });
    const after = await events.get('SE-1', one.ctx);
    expect(after.riskScore).toBeLessThan(before.riskScore);
    expect(after.steps).toHaveLength(6);
  });

  test('how a like one ended is shown beside it', async () => {
    await one.take(hit('a', 0, ['ip:203.0.113.1']), hit('b', 1, ['ip:203.0.113.1']));
    await events.update('SE-1', { status: 'closed', verdict: 'benign' }, (await events.get('SE-1', one.ctx)).etag, 'user:ada', one.ctx);
    await one.take(hit('a', 2000, ['ip:203.0.113.9']), hit('z', 2000, ['ip:203.0.113.9']));
    expect((await events.get('SE-2', one.ctx)).similar).toMatchObject([{ id: 'SE-1', verdict: 'benign', why: '1 of 2 rules the same' }]);
  });
});

describe('hubs', () => {
  test('a proxy of a hundred people does not make one event of them; who shares more than it still is one', async () => {
    await one.close();
    await start({ events: { hubSameDayFactor: 2 } });
    for (let n = 0; n < 100; n++)
      await one.take(hit('login', n * 2, [`user:person-${n}:actor`, 'ip:203.0.113.200:actor'], { tactics: ['initial-access'] }));
    await one.take(hit('delete', 150, ['user:person-50:actor', 'ip:203.0.113.200:actor'], { tactics: ['impact'] }));
    const { items } = await events.list({ ...SORT, pageSize: 200 }, one.ctx);
    // What the first thirty had been one event for is gone with the proxy found out.
    expect(Math.max(...items.map((item) => item.alertCount))).toBe(2);
    expect(items.filter((item) => item.alertCount === 2).map((item) => item.entities.map((entity) => entity.value))).toEqual([
      expect.arrayContaining(['person-50', '203.0.113.200']),
    ]);
  });

  test('an attack on fifty accounts from one address stays one, and is not about each of them', async () => {
    for (let n = 0; n < 50; n++)
      await one.take(hit('spray', n / 10, ['ip:203.0.113.7:attacker', `user:person-${n}:target`], { tactics: ['credential-access'] }));
    await one.take(hit('in', 20, ['user:person-9:actor', 'ip:203.0.113.7:actor'], { tactics: ['initial-access'] }));
    await one.take(hit('other', 30, ['user:person-11:actor', 'ip:192.0.2.1:actor'], { tactics: ['discovery'] }));
    const { items } = await events.list({ ...SORT }, one.ctx);
    expect(items.map((item) => item.alertCount).sort((a, b) => a - b)).toEqual([1, 2]);
    expect((await alerts.list({ ruleId: 'spray' }, one.ctx)).items).toMatchObject([{ count: 50 }]);
  });

  test('common names and own sites join nothing', async () => {
    await one.take(
      hit('a', 0, ['user:root', 'host:h1']),
      hit('b', 1, ['user:root', 'host:h2']),
      hit('c', 2, ['domain:www.example.com:target', 'ip:203.0.113.1']),
      hit('d', 3, ['domain:www.example.com:target', 'ip:203.0.113.2']),
    );
    expect((await events.list({ ...SORT }, one.ctx)).items).toHaveLength(4);
  });
});

test('alerts answer what the contract says, oldest evidence first and no more than there is room for', async () => {
  await one.close();
  await start({ alerts: { evidence: 3, entities: 8 } });
  for (let n = 9; n >= 0; n--)
    await one.take(
      hit('a', n, [`ip:203.0.113.1:actor`, `user:u${n}`], {
        techniques: [{ id: 'T1110', name: 'Brute Force' }],
        tactics: ['credential-access'],
      }),
    );
  const { items } = await alerts.list({}, one.ctx);
  expect(items).toHaveLength(1);
  const [body] = items;
  expect(alertContract.parse(body)).toEqual(body);
  expect(body).toMatchObject({
    id: 'AL-1',
    count: 10,
    cloud: 'alibaba',
    status: 'new',
    techniques: ['T1110'],
    firstSeen: '2024-09-10T09:00:00.000Z',
  });
  expect(body?.evidence).toHaveLength(3);
  expect(body?.entities.map((entity) => entity.value)).toEqual(['203.0.113.1', 'u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6']);
});
