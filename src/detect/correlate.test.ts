import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadRuleFiles } from '../standardize/rule-files.ts';
import type { GivenEvent } from './given-events.ts';
import { loadDetectionRules } from './rule-files.ts';
import type { SampleEvent } from './rule-meta.ts';
import { readRuleText } from './rule-text.ts';
import { detectSetup, type DetectSetup } from './testing/detect-setup.ts';
import { eventOfSample } from './testing/sample-events.ts';

const BASE = Date.UTC(2024, 8, 10, 9, 0, 0);
const standardization = await loadRuleFiles();
const builtIn = await loadDetectionRules();

/** Rules of the tests beside the built-in ones: a kind of event per letter, and a correlation of each type over them. */
const letter = (id: string): string => `
title: ${id}
id: t.${id}
name: ${id}
logsource: { category: api_activity }
detection: { s: { api.operation: "op-${id}" }, condition: s }
level: informational
`;
const correlation = (id: string, body: string): string => `
title: ${id}
id: t.${id}
level: medium
correlation:
  group-by: [actor.user.name]
  timespan: 60s
${body
  .trim()
  .split('\n')
  .map((line) => `  ${line.trim() === line ? line : line}`)
  .join('\n')}
`;
const TESTED = [
  letter('a'),
  letter('b'),
  letter('c'),
  correlation('count', 'type: event_count\nrules: [a]\ncondition: { gte: 3 }'),
  correlation('range', 'type: event_count\nrules: [a]\ncondition: { gt: 1, lte: 2 }'),
  correlation('distinct', 'type: value_count\nrules: [a, b]\ncondition: { field: src_endpoint.ip, gte: 2 }'),
  correlation('sum', 'type: value_sum\nrules: [a]\ncondition: { field: http_response.length, gt: 100 }'),
  correlation('average', 'type: value_avg\nrules: [a]\ncondition: { field: http_response.length, gte: 50 }'),
  correlation('all', 'type: temporal\nrules: [a, b]'),
  correlation('order', 'type: temporal_ordered\nrules: [a, b, c]'),
  correlation('either', 'type: temporal\ncondition: a and (b or c)'),
  correlation('without', 'type: temporal\ncondition: a and not b'),
].map(readRuleText);

let setup: DetectSetup;
beforeAll(async () => {
  setup = await detectSetup([...builtIn, ...TESTED], BASE + 3_600_000);
});
afterAll(() => setup.close());
beforeEach(() => {
  setup.sink.hits.clear();
});

let users = 0;
const op = (letterOf: string, user: string, sec: number, more: GivenEvent = {}): GivenEvent => ({
  class_uid: 6003,
  time: BASE + sec * 1000,
  api: { operation: `op-${letterOf}` },
  actor: { user: { name: user } },
  ...more,
});
/** Kinds and seconds, as `a0 b10`: which of the test's correlations are true of them, with their counts. */
async function told(story: string, more: (index: number) => GivenEvent = () => ({})): Promise<Readonly<Record<string, number>>> {
  const user = `u${users++}`;
  const events = story.split(' ').map((word, index) => op(word[0] as string, user, Number(word.slice(1)), more(index)));
  await setup.step.process([setup.write(events)], setup.ctx);
  const own = [...setup.sink.hits.values()].filter((hit) => hit.ruleId.startsWith('t.') && hit.group['actor.user.name'] === user);
  return Object.fromEntries(own.map((hit) => [hit.ruleId.slice(2), hit.count]));
}

describe('a correlation type', () => {
  test('event_count slides over event time, whatever the grid', async () => {
    expect(await told('a58 a61 a117')).toMatchObject({ count: 3 });
    expect(await told('a0 a30 a60')).not.toHaveProperty('count');
    expect(await told('a0 a30 a59')).toMatchObject({ count: 3 });
  });
  test('value_count counts different values of the group', async () => {
    const ip = (index: number): GivenEvent => ({ src_endpoint: { ip: `192.0.2.${index % 2}` } });
    expect(await told('a0 b10', ip)).toMatchObject({ distinct: 2 });
    expect(await told('a0 a10', () => ({ src_endpoint: { ip: '192.0.2.1' } }))).not.toHaveProperty('distinct');
    expect(await told('a0 b10')).not.toHaveProperty('distinct');
  });
  test('value_sum adds up', async () => {
    expect(await told('a0 a10', () => ({ http_response: { length: 60 } }))).toHaveProperty('sum');
    expect(await told('a0 a70', () => ({ http_response: { length: 60 } }))).not.toHaveProperty('sum');
  });
  test('temporal takes any order, temporal_ordered only its own', async () => {
    const there = await told('a0 b10 c20');
    expect(there).toMatchObject({ all: 2, order: 3 });
    const back = await told('c0 b10 a20');
    expect(back).toHaveProperty('all');
    expect(back).not.toHaveProperty('order');
    expect(await told('a0 b30 c60')).not.toHaveProperty('order');
    expect(await told('a0 b59')).toHaveProperty('all');
    expect(await told('a0 b60')).not.toHaveProperty('all');
  });
  test('temporal_ordered takes the latest chain, and events of one second as ordered', async () => {
    expect(await told('a0 a50 b55 c100')).toHaveProperty('order');
    expect(await told('a5 b5 c5')).toHaveProperty('order');
  });
  test('a sentence over rules', async () => {
    expect(await told('a0 c10')).toHaveProperty('either');
    expect(await told('b0 c10')).not.toHaveProperty('either');
  });
});

describe('what waits for late data', () => {
  test('is told when the window has closed and nothing more may come', async () => {
    await setup.step.process([setup.write([op('c', 'nobody', 0)])], setup.ctx);
    const calm = await told('a3600');
    const disturbed = await told('a3600 b3630');
    const two = await told('a3600 a3610');
    expect([calm, disturbed, two].every((one) => !('without' in one) && !('range' in one) && !('average' in one))).toBe(true);
    await setup.clock.advance(1_200_000);
    await setup.step.process([setup.write([op('c', 'nobody', 3700)])], setup.ctx);
    const users3 = [users - 3, users - 2, users - 1].map((n) => `u${n}`);
    const of = (rule: string): readonly string[] => setup.sink.of(rule).map((hit) => hit.group['actor.user.name'] as string);
    expect(
      of('t.without')
        .filter((user) => users3.includes(user))
        .toSorted((a, b) => (a < b ? -1 : 1)),
    ).toEqual([users3[0], users3[2]].toSorted((a, b) => ((a as string) < (b as string) ? -1 : 1)));
    expect(of('t.range').filter((user) => users3.includes(user))).toEqual([users3[2]]);
  });
});

describe('the same is found', () => {
  const ids = (): readonly string[] =>
    [...setup.sink.hits.values()]
      .filter((hit) => hit.ruleId.startsWith('t.'))
      .map((hit) => `${hit.ruleId} ${hit.group['actor.user.name']} ${hit.firstMs - BASE} ${hit.lastMs - BASE} ${hit.count}`)
      .sort();

  test('in any order of arrival, in one batch or in many, with repeats', async () => {
    const story = (user: string): readonly GivenEvent[] =>
      ['a0', 'a20', 'b30', 'a40', 'c45', 'a130', 'b135', 'c140', 'a150'].map((word) => op(word[0] as string, user, Number(word.slice(1))));
    await setup.step.process([setup.write(story('whole'))], setup.ctx);
    const whole = ids().map((line) => line.replace('whole', '_'));
    expect(whole.length).toBeGreaterThanOrEqual(5);
    setup.sink.hits.clear();
    for (const event of story('back').toReversed()) {
      const range = setup.write([event]);
      await setup.step.process([range], setup.ctx);
      await setup.restarted().process([range], setup.ctx);
    }
    const back = ids().map((line) => line.replace('back', '_'));
    // Windows seen while they grew are the same hits, grown.
    expect(back).toEqual(whole);
  });
});

describe('correlations that come with Sluice', () => {
  const cases = builtIn.flatMap((rule) =>
    rule.meta.samples.flatMap((sample, index) => ('sequence' in sample ? [[`${rule.meta.id} ${index}`, rule, sample] as const] : [])),
  );
  test.each(cases)('%s', async (_, rule, sample) => {
    const events = sample.sequence.flatMap((one) => laidOut(one));
    // A logstore of its own, and a day of its own, so that samples do not meet.
    day++;
    const moved = events.map((event) => ({ ...event, time: (event['time'] as number) + day * 86_400_000 }));
    await setup.step.process([setup.write(moved, { logstore: 100 + day })], setup.ctx);
    const raised = setup.sink.of(rule.meta.id).length > 0;
    if (rule.meta.level !== 'informational') {
      expect(raised, [...setup.sink.hits.values()].map((hit) => hit.ruleId).join(', ')).toBe(sample.hits);
      return;
    }
    // It raises nothing by itself: the correlations that count it have it.
    expect(raised).toBe(false);
    const counted = setup.engine.run(`SELECT count() FROM detect_matches WHERE rule = '${rule.meta.id}' AND logstore = ${100 + day}`);
    expect(Number(counted[0]?.[0]) > 0).toBe(sample.hits);
  });
});

let day = 0;

function laidOut(one: SampleEvent): readonly GivenEvent[] {
  const event = eventOfSample(setup.engine, standardization, one);
  return Array.from({ length: one.times ?? 1 }, (_, n) => ({
    ...event,
    time: BASE + ((one.at ?? 0) + n * (one.every ?? 0)) * 1000,
  }));
}
