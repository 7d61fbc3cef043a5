import { afterEach, expect, test } from 'vitest';
import { makeHit } from '../alerts/testing/make-hit.ts';
import { AlertRetention } from './alert-retention.ts';
import { StateSecurityEvents } from './events-service.ts';
import { TestPipeline } from './testing/pipeline.ts';

const DAY = 86_400_000;
let one: TestPipeline;
afterEach(() => one.close());

test('what is past its time goes, an open event keeps its alerts, imported history stays', async () => {
  one = await TestPipeline.open();
  const t0 = one.clock.nowMs();
  const retention = new AlertRetention({ state: one.state, settings: one.settings.alerts });
  const events = new StateSecurityEvents({
    state: one.state,
    builder: one.builder,
    settings: one.settings.events,
    catalog: { logstoreById: () => null },
  });
  const hit = (ruleId: string, at: number, entities: string[], severityId: 2 | 4) => makeHit({ ruleId, at, entities, severityId });
  const small = hit('small', t0, ['ip:203.0.113.1'], 2);
  await one.take(small, hit('open', t0, ['ip:203.0.113.2'], 4));
  await one.take(hit('closed', t0, ['ip:203.0.113.3'], 4));
  await one.take(hit('merged', t0, ['ip:203.0.113.4'], 4));
  await one.take(hit('history', t0 - 400 * DAY, ['ip:203.0.113.5'], 2));
  await events.merge('SE-2', ['SE-3'], 'user:ada', one.ctx);
  await events.update('SE-2', { status: 'closed' }, (await events.get('SE-2', one.ctx)).etag, 'user:ada', one.ctx);
  expect(await retention.prune(one.ctx)).toEqual({ alerts: 0, events: 0, forgotten: 0 });

  await one.clock.advance(31 * DAY);
  expect(await retention.prune(one.ctx)).toEqual({ alerts: 0, events: 0, forgotten: 5 });
  await one.take(small, hit('small', t0 + 1, ['ip:203.0.113.1'], 2));
  expect((await one.alerts()).map((alert) => alert.count)).toEqual([1, 1, 1, 1, 1]);

  await one.clock.advance(150 * DAY);
  expect(await retention.prune(one.ctx)).toEqual({ alerts: 4, events: 1, forgotten: 0 });
  expect((await one.alerts()).map((alert) => alert.ruleId)).toEqual(['open']);
  expect((await one.events()).map((event) => event.no)).toEqual([1]);
  await expect(events.get('SE-3', one.ctx)).rejects.toMatchObject({ code: 'request.not_found' });
});
