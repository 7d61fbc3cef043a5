import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { makeHit } from '../alerts/testing/make-hit.ts';
import type { Hit } from '../detect/hit.ts';
import { TestPipeline, type Changed } from './testing/pipeline.ts';

const T0 = Date.UTC(2024, 8, 10, 9, 0);
const MINUTE = 60_000;
const open: TestPipeline[] = [];
const pipeline = async (changed: Changed = {}): Promise<TestPipeline> => {
  const one = await TestPipeline.open(changed);
  open.push(one);
  return one;
};
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const RULES = [
  { ruleId: 'scan', tactics: ['reconnaissance'], severityId: 2 },
  { ruleId: 'exploit', tactics: ['initial-access'], severityId: 4 },
  { ruleId: 'shell', tactics: ['execution'], severityId: 5 },
  { ruleId: 'keys', tactics: ['persistence'], severityId: 3 },
  { ruleId: 'delete', tactics: ['impact'], severityId: 4 },
] as const;
const ENTITIES = [
  'ip:203.0.113.66:actor',
  'ip:203.0.113.9:actor',
  'ip:10.0.1.11:target',
  'host:web-01:target',
  'host:db-01',
  'user:alice:actor',
  'user:root',
  'key:AKIAEXAMPLE',
  'resource:example-data:target',
  'domain:malware.example.net',
];

const anyHits = fc
  .array(
    fc.record({
      rule: fc.constantFrom(...RULES),
      at: fc.integer({ min: 0, max: 600 }),
      entities: fc.uniqueArray(fc.constantFrom(...ENTITIES), { minLength: 1, maxLength: 4 }),
      provider: fc.constantFrom('Alibaba Cloud', 'AWS'),
      windowSec: fc.constantFrom(600, 3600),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((all) =>
    all.map(({ rule, at, entities, provider, windowSec }, index) =>
      makeHit({ ...rule, at: T0 + at * MINUTE, entities, provider, windowSec, eventUid: String(index) }),
    ),
  );
/** A way to hand the hits over: an order, where to cut, and which to hand over twice. */
const anyWay = fc.record({
  order: fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
  cut: fc.integer({ min: 1, max: 12 }),
  again: fc.nat(10),
});

function handedOver(hits: readonly Hit[], way: { order: readonly number[]; cut: number; again: number }): Hit[][] {
  const all = [...hits, ...hits.slice(0, way.again)]
    .map((hit, index) => ({ hit, at: way.order[index] ?? index }))
    .sort((a, b) => a.at - b.at);
  const batches: Hit[][] = [];
  for (let from = 0; from < all.length; from += way.cut) batches.push(all.slice(from, from + way.cut).map(({ hit }) => hit));
  return batches;
}

/** With all limits low enough to be met by thirty hits. */
const TIGHT: Changed = {
  events: { hubPrincipals: { host: 1, ip: 2, user: 1 }, hubSameDayFactor: 1.5, maxAlerts: 6, maxPrincipals: 3, entitiesPerType: 2 },
};

describe('security events', () => {
  test.each([
    ['with the usual settings', {}, 25],
    ['with hubs and caps that thirty hits meet', TIGHT, 40],
  ] as const)(
    'are the same whatever the order of the hits, how they are cut, and what comes twice, %s',
    async (_, changed, numRuns) => {
      const one = await pipeline(changed);
      await fc.assert(
        fc.asyncProperty(anyHits, anyWay, fc.nat(29), async (hits, way, restartAt) => {
          await one.empty();
          await one.take(...[...hits].sort((a, b) => a.firstMs - b.firstMs));
          const expected = await one.picture();
          await one.empty();
          for (const [index, batch] of handedOver(hits, way).entries()) {
            if (index === restartAt) await one.restart();
            await one.take(...batch);
          }
          const made = await one.picture();
          if (changed === TIGHT) expect(groupsOf(made)).toEqual(groupsOf(expected));
          else expect(made).toEqual(expected);
        }),
        { numRuns },
      );
    },
    120_000,
  );
});

function groupsOf(picture: unknown): unknown {
  const { alerts, groups } = picture as { alerts: unknown; groups: unknown };
  return { alerts, groups };
}
