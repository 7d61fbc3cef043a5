import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LogstoreInfo } from '../control/catalog.ts';
import { SluiceError } from '../core/errors.ts';
import { DeclaredMetrics } from '../telemetry/metrics.ts';
import { createLogger } from '../telemetry/logger.ts';
import { TestPipeline } from '../events/testing/pipeline.ts';
import { alertGroup, alertSummary } from '../api/rest/contract/alerts.ts';
import { StateAlerts } from './alerts-service.ts';
import { makeHit } from './testing/make-hit.ts';

const T0 = Date.UTC(2024, 8, 10, 9, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let one: TestPipeline;
let alerts: StateAlerts;
let metrics: DeclaredMetrics;
beforeEach(async () => {
  metrics = new DeclaredMetrics(createLogger('error', { write: () => undefined }), { processMetrics: false });
  one = await TestPipeline.open({}, { metrics });
  const catalog = {
    logstoreById: (id: number) => (id > 9 ? null : ({ project: 'sec-prod', name: `store-${id}` } as unknown as LogstoreInfo)),
  };
  alerts = new StateAlerts({ state: one.state, catalog });
});
afterEach(() => one.close());

const hit = (ruleId: string, minutes: number, entities: readonly string[], more: Partial<Parameters<typeof makeHit>[0]> = {}) =>
  makeHit({ ruleId, at: T0 + minutes * MINUTE, entities, ...more });
const ids = async (query: object): Promise<string[]> => (await alerts.list(query, one.ctx)).items.map((item) => item.id);

async function fiveAlerts(): Promise<void> {
  await one.take(
    hit('brute', 0, ['ip:203.0.113.1:actor', 'user:root:target'], { severityId: 3, techniques: [{ id: 'T1110', name: '' }] }),
    hit('brute', 1, ['ip:203.0.113.1:actor', 'user:admin:target'], { severityId: 3, techniques: [{ id: 'T1110', name: '' }] }),
    hit('brute', 70, ['ip:203.0.113.1:actor'], { severityId: 3, techniques: [{ id: 'T1110', name: '' }] }),
    hit('brute', 5, ['ip:203.0.113.2:actor'], { severityId: 3, techniques: [{ id: 'T1110', name: '' }] }),
    hit('brute', 2, ['ip:203.0.113.1:actor'], { severityId: 3, provider: 'Tencent Cloud' }),
    hit('key', 90, ['user:alice:actor', 'ip:203.0.113.1:actor'], { severityId: 5, provider: 'AWS' }),
  );
}

test('hits of one rule, cloud and main entity within a window are one alert', async () => {
  await fiveAlerts();
  expect(await ids({})).toEqual(['AL-5', 'AL-2', 'AL-3', 'AL-4', 'AL-1']);
  expect((await alerts.get('AL-1', one.ctx)).count).toBe(2);
  expect(await ids({ cloud: ['tencent'] })).toEqual(['AL-4']);
  expect(await ids({ severity: ['critical', 'high'] })).toEqual(['AL-5']);
  expect(await ids({ ruleId: 'brute', entity: '203.0.113.2' })).toEqual(['AL-3']);
  expect(await ids({ entity: 'admin' })).toEqual(['AL-1']);
  expect(await ids({ from: '2024-09-10T10:10:00Z' })).toEqual(['AL-5', 'AL-2']);
  expect(await ids({ to: '2024-09-10T17:02:00+08:00' })).toEqual(['AL-1']);
  expect(await ids({ eventId: 'SE-1' })).toHaveLength(4);
  expect(await ids({ eventId: 'SE-9' })).toEqual([]);
  const first = await alerts.list({ pageSize: 2 }, one.ctx);
  const second = await alerts.list({ pageSize: 3, pageToken: first.nextPageToken }, one.ctx);
  expect([...first.items, ...second.items].map((item) => item.id)).toEqual(['AL-5', 'AL-2', 'AL-3', 'AL-4', 'AL-1']);
  expect(second.nextPageToken).toBe('');
});

test('a hit that comes again changes nothing; a correlation that grew replaces what it said', async () => {
  const before = { kind: 'correlation' as const, count: 3 };
  const grown = hit('many', 0, ['ip:203.0.113.1'], before);
  await one.take(grown, grown);
  await one.take({ ...grown, count: 8, firstMs: T0 - HOUR, lastMs: T0 + MINUTE });
  await one.take({ ...grown, count: 5 });
  await one.take(hit('fyi', 0, ['ip:203.0.113.1'], { severityId: 1 }));
  expect((await alerts.list({}, one.ctx)).items).toMatchObject([{ id: 'AL-1', count: 8, firstSeen: '2024-09-10T08:00:00.000Z' }]);
  const page = (await metrics.text()).body;
  for (const [outcome, hits] of [
    ['taken', 1],
    ['grown', 1],
    ['repeated', 2],
    ['informational', 1],
  ] as const)
    expect(page).toContain(`sluice_alerts_hits_total{outcome="${outcome}"} ${hits}`);
});

test('grouped by rule or entity, the worst first, with their trend', async () => {
  await fiveAlerts();
  const period = { from: new Date(T0).toISOString(), to: new Date(T0 + 2 * HOUR).toISOString() };
  const byRule = await alerts.group({ by: 'rule', ...period }, one.ctx);
  expect(byRule.items.map((group) => alertGroup.parse(group))).toMatchObject([
    { key: 'key', count: 1, severity: 'critical' },
    { key: 'brute', count: 4, entityCount: 2, severity: 'medium', techniques: ['T1110'], lastSeen: '2024-09-10T10:10:00.000Z' },
  ]);
  // Parts of five minutes.
  expect(byRule.items[1]?.trend.slice(0, 2)).toEqual([2, 1]);
  expect(byRule.items[1]?.trend[14]).toBe(1);
  const byEntity = await alerts.group({ by: 'entity', pageSize: 2 }, one.ctx);
  expect(byEntity.items.map((group) => [group.key, group.count])).toEqual([
    ['ip:203.0.113.1', 4],
    ['user:alice', 1],
  ]);
  const rest = await alerts.group({ by: 'entity', pageToken: byEntity.nextPageToken }, one.ctx);
  expect(rest.items.map((group) => group.key)).toEqual(['ip:203.0.113.2', 'user:admin', 'user:root']);
});

test('counted by status and severity, with the time until someone takes them up', async () => {
  await fiveAlerts();
  await one.clock.advance(7 * MINUTE);
  await alerts.updateMany(['AL-1', 'AL-2'], { status: 'acknowledged', owner: 'ada' }, 'user:ada', one.ctx);
  await one.clock.advance(10 * MINUTE);
  await alerts.updateMany(['AL-2', 'AL-3'], { status: 'closed', verdict: 'benign' }, 'user:ada', one.ctx);
  const summary = await alerts.summary(
    { from: new Date(T0).toISOString(), to: new Date(T0 + 2 * HOUR).toISOString(), status: ['new', 'acknowledged'] },
    one.ctx,
  );
  expect(alertSummary.parse(summary)).toMatchObject({
    byStatus: { new: 2, acknowledged: 1, suppressed: 0, closed: 2 },
    bySeverity: { critical: 1, medium: 2 },
    total: 3,
    medianAcknowledgeSec: 420,
    trend: { intervalSec: 300 },
  });
  expect(summary.trend.counts.reduce((a, b) => a + b)).toBe(3);
  expect(await ids({ owner: 'ada' })).toEqual(['AL-2', 'AL-1']);
  expect(await ids({ owner: '-', status: ['new'] })).toEqual(['AL-5', 'AL-4']);
});

test('changed only as it was read; more evidence is no conflict', async () => {
  await fiveAlerts();
  const read = await alerts.get('AL-1', one.ctx);
  await one.take(hit('brute', 3, ['ip:203.0.113.1:actor']));
  const changed = await alerts.update('AL-1', { note: 'seen', owner: 'ada' }, read.etag, 'user:ada', one.ctx);
  expect(changed).toMatchObject({ note: 'seen', owner: 'ada', count: 3, status: 'new' });
  await expect(alerts.update('AL-1', { note: 'late' }, read.etag, 'user:bob', one.ctx)).rejects.toMatchObject({ code: 'request.conflict' });
  await expect(alerts.get('AL-77', one.ctx)).rejects.toBeInstanceOf(SluiceError);
  await expect(alerts.get('x', one.ctx)).rejects.toMatchObject({ code: 'request.not_found' });
});
