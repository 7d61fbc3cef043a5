import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { settingsSchema } from '../config/settings.ts';
import { StateCatalog } from '../control/state-catalog.ts';
import { FakeClock } from '../core/clock.ts';
import { quietContext } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import { logCatalog } from '../query/catalog/log-catalog.ts';
import type { State } from '../state/state.ts';
import { openSqliteState } from '../state/sqlite/sqlite-state.ts';
import type { LogTable } from '../store/log-table.ts';
import type { ShardRange } from '../stream/stream.ts';
import { classTable, CLASS_TABLES } from './class-table.ts';
import { readyClassTables } from './class-tables-ready.ts';
import { eventFromRow, eventSelectList } from './event-row.ts';
import { eventsOfLog, findAllEvents, findEvents } from './event-query.ts';
import { RuleGaps } from './gaps.ts';
import { loadRuleFiles } from './rule-files.ts';
import { RuleRegistry } from './rule-registry.ts';
import { RuleStatements } from './rule-statements.ts';
import type { SampleLog } from './rule.ts';
import { StandardizeStep } from './standardize-step.ts';
import { TestEngine } from './testing/engine.ts';
import { EngineStore } from './testing/engine-store.ts';
import { insertLogs, makeLogTable } from './testing/log-rows.ts';

const LIMITS = { maxSec: 60, maxMemoryBytes: 2 ** 31, maxResultRows: 100_000 };
const clock = new FakeClock();
const ctx = quietContext(clock);
const rules = await loadRuleFiles();

let folder: string;
let state: State;
let catalog: StateCatalog;
let engine: TestEngine;
let store: EngineStore;
let registry: RuleRegistry;
let gaps: RuleGaps;
let step: StandardizeStep;
let statements: RuleStatements;
const tables = new Map<number, LogTable>();
const ids = new Map<string, number>();

const samples = (rule: string): readonly SampleLog[] => (rules.find((one) => one.id === rule)?.samples ?? []).map((sample) => sample.log);
const range = (logstore: string, shard: number, from: number, to: number): ShardRange => ({
  at: { logstore: ids.get(logstore) as number, shard },
  from: BigInt(from),
  to: BigInt(to),
});
const count = (classUid: number, where: string): number =>
  Number(engine.run(`SELECT count() FROM ocsf_${classUid} WHERE ${where}`)[0]?.[0]);

function newStep(): StandardizeStep {
  return new StandardizeStep({ store, registry, statements, gaps, limits: LIMITS, refreshMs: 0 });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-standardize-state-'));
  state = await openSqliteState(folder, ctx);
  catalog = await StateCatalog.open(state, { settings: settingsSchema.parse({}), places: null, owner: 'test' }, ctx);
  await catalog.createProject('sec-test', '', {}, ctx);
  engine = new TestEngine();
  for (const [name, keys] of [
    ['waf', ['real_client_ip', 'host', 'status', 'final_action', 'final_rule_type', 'time', 'request_traceid']],
    ['actiontrail', ['event']],
    ['custom', ['value']],
  ] as const) {
    const info = await catalog.createLogstore('sec-test', { name, ttlDays: 30, shardCount: 1 }, ctx);
    ids.set(name, info.id);
    tables.set(info.id, makeLogTable(engine, info.id, keys));
  }
  store = new EngineStore(engine);
  await readyClassTables(store, 3650, ctx);
  registry = await RuleRegistry.open(state, catalog, rules, ctx);
  gaps = new RuleGaps(state);
  statements = new RuleStatements(catalog, { table: (logstore) => tables.get(logstore) ?? null }, (table) =>
    logCatalog(table, null, { where: null }),
  );
  step = newStep();
});

afterAll(async () => {
  await state.close();
  engine.close();
  rmSync(folder, { recursive: true, force: true });
});

const tableOf = (logstore: string): LogTable => tables.get(ids.get(logstore) as number) as LogTable;

describe('the step', () => {
  test('makes the events of several logstores and classes, with the identity of their log, rule and revision [G06]', async () => {
    const waf = samples('alibaba.waf');
    const trail = samples('alibaba.actiontrail');
    insertLogs(engine, tableOf('waf'), 0, 100, waf);
    insertLogs(engine, tableOf('actiontrail'), 0, 500, trail);
    const outcomes = await step.process([range('waf', 0, 100, 100 + waf.length), range('actiontrail', 0, 500, 500 + trail.length)], ctx);
    expect(outcomes.map((one) => one.error)).toEqual([null, null]);
    expect(outcomes.map((one) => [one.rowsIn, one.rowsOut])).toEqual([
      [waf.length, waf.length],
      [trail.length, trail.length],
    ]);
    expect(outcomes[0]?.acknowledgement).toMatch(/events in ocsf_4002/);
    expect(outcomes[1]?.acknowledgement).toMatch(/ocsf_3002, ocsf_6003/);
    const table = classTable(4002);
    const rows = engine.run(`SELECT ${eventSelectList(table)} FROM ocsf_4002 ORDER BY cursor`);
    for (const [index, row] of rows.entries()) {
      const { event, origin } = eventFromRow(table, row);
      expect(origin).toMatchObject({
        logstore: ids.get('waf'),
        shard: 0,
        cursor: String(100 + index),
        index: 0,
        rule: 'alibaba.waf',
        revision: 1,
      });
      const expected = rules.find((one) => one.id === 'alibaba.waf')?.samples[index]?.event;
      expect(event).toMatchObject(expected as object);
      expect(event['metadata']).toMatchObject({ log_name: 'sec-test/waf' });
    }
  });

  test('the same ranges again make no second event, cut the same way or another', async () => {
    const trail = samples('alibaba.actiontrail').length;
    const before = count(6003, '1') + count(3002, '1');
    await step.process([range('actiontrail', 0, 500, 500 + trail)], ctx);
    await newStep().process([range('actiontrail', 0, 500, 502)], ctx);
    await newStep().process([range('actiontrail', 0, 501, 500 + trail)], ctx);
    expect(count(6003, '1') + count(3002, '1')).toBe(before);
  });

  test('the next range of a shard does not look for what was written', async () => {
    const first = samples('alibaba.actiontrail')[0] as SampleLog;
    insertLogs(engine, tableOf('actiontrail'), 0, 600, [first, first]);
    await step.process([range('actiontrail', 0, 600, 601)], ctx);
    store.statements.length = 0;
    await step.process([range('actiontrail', 0, 601, 602)], ctx);
    expect(store.statements.filter((text) => text.startsWith('INSERT')).join('\n')).not.toContain('NOT IN (SELECT');
    expect(count(6003, 'cursor IN (600, 601)')).toBe(2);
  });

  test('a rule whose topics do not occur is not run', async () => {
    insertLogs(engine, tableOf('actiontrail'), 0, 610, [{ ...(samples('alibaba.actiontrail')[0] as SampleLog), __topic__: 'innertrail' }]);
    store.statements.length = 0;
    const [outcome] = await step.process([range('actiontrail', 0, 610, 611)], ctx);
    expect(outcome).toMatchObject({ error: null, rowsIn: 1, rowsOut: 0, acknowledgement: 'no standardization rule applies' });
    expect(store.statements.filter((text) => text.startsWith('INSERT'))).toEqual([]);
  });

  test('a store that is away is an error of the ranges, which come again', async () => {
    insertLogs(engine, tableOf('actiontrail'), 0, 700, [samples('alibaba.actiontrail')[0] as SampleLog]);
    store.fail = (text) => {
      if (text.startsWith('INSERT')) throw new SluiceError('store.unavailable', 'the store is restarting');
    };
    const [failed] = await step.process([range('actiontrail', 0, 700, 701)], ctx);
    expect(failed?.error?.code).toBe('store.unavailable');
    store.fail = () => {};
    const [done] = await step.process([range('actiontrail', 0, 700, 701)], ctx);
    expect(done).toMatchObject({ error: null, rowsIn: 1, rowsOut: 1 });
    expect(await gaps.all(ctx)).toEqual([]);
  });

  test('a logstore without rules, or without a table, is nothing to do', async () => {
    const [outcome] = await step.process([{ at: { logstore: 4711, shard: 0 }, from: 0n, to: 5n }], ctx);
    expect(outcome).toMatchObject({ error: null, rowsIn: 0, rowsOut: 0, acknowledgement: 'no standardization rule applies' });
  });
});

const custom = (revision: number, spl: string, id = 'custom.divide'): object => ({
  id,
  revision,
  title: 'A rule of a user',
  vendor: 'Example',
  product: 'Example',
  classUid: 6008,
  spl,
  samples: [],
});

describe('rules that fail', () => {
  test('stop only themselves, are recorded with cause, and catch up when they are mended [G03]', async () => {
    const logstore = catalog.logstoreById(ids.get('custom') as number);
    if (logstore === null) throw new Error('logstore');
    await registry.put(custom(1, "* | extend count = 10 / cast(value as bigint), message = 'a'"), ctx);
    await registry.put(custom(1, "* | extend message = concat('value ', value)", 'custom.fine'), ctx);
    await registry.addPolicy(logstore, 'custom.divide', 'real-time-consumption', ctx);
    await registry.addPolicy(logstore, 'custom.fine', 'real-time-consumption', ctx);
    const log = (value: string): SampleLog => ({ __time__: '1725961920', __topic__: '', __source__: '', value });
    insertLogs(engine, tableOf('custom'), 0, 10, [log('2'), log('0'), log('5')]);
    const [outcome] = await step.process([range('custom', 0, 10, 13)], ctx);
    expect(outcome).toMatchObject({ error: null, rowsIn: 3, rowsOut: 3 });
    expect(count(6008, "rule = 'custom.fine'")).toBe(3);
    const [gap] = await gaps.all(ctx);
    expect(gap).toMatchObject({ rule: 'custom.divide', revision: 1, code: 'store.query', attempts: 1, range: range('custom', 0, 10, 13) });

    // The next range makes the gap longer, not a second one.
    insertLogs(engine, tableOf('custom'), 0, 13, [log('0')]);
    await step.process([range('custom', 0, 13, 14)], ctx);
    expect((await gaps.all(ctx)).map((one) => [one.rule, one.range.from, one.range.to])).toEqual([['custom.divide', 10n, 14n]]);

    await registry.put(custom(2, "* | extend count = 10 / nullif(cast(value as bigint), 0), message = 'a'"), ctx);
    const closed = await step.retryGaps(ctx);
    expect(closed.map((one) => one.rule)).toEqual(['custom.divide']);
    expect(await gaps.all(ctx)).toEqual([]);
    expect(engine.run("SELECT cursor, count FROM ocsf_6008 WHERE rule = 'custom.divide' ORDER BY cursor")).toEqual([
      [10, 5],
      [11, null],
      [12, 2],
      [13, null],
    ]);
  });

  test('one that does not compile is a gap too, with the place in its program', async () => {
    const logstore = catalog.logstoreById(ids.get('custom') as number);
    if (logstore === null) throw new Error('logstore');
    await registry.put(custom(1, '* | extend message = no_such_function(value)', 'custom.broken'), ctx);
    await registry.addPolicy(logstore, 'custom.broken', 'real-time-consumption', ctx);
    insertLogs(engine, tableOf('custom'), 0, 20, [{ __time__: '1725961920', value: '3' }]);
    const [outcome] = await step.process([range('custom', 0, 20, 21)], ctx);
    expect(outcome?.error).toBeNull();
    const [gap] = await gaps.all(ctx);
    expect(gap).toMatchObject({ rule: 'custom.broken', code: 'rule.invalid' });
    expect(gap?.message).toMatch(/no_such_function/);
    await registry.enable('custom.broken', false, ctx);
    await step.retryGaps(ctx);
    expect(await gaps.all(ctx)).toEqual([]);
  });
});

describe('history', () => {
  test('is standardized again by a new revision, which replaces what the old one made', async () => {
    await registry.put(custom(2, "* | where value <> '2' | extend message = concat('new ', value)", 'custom.fine'), ctx);
    await step.again([range('custom', 0, 10, 14)], ctx);
    expect(
      engine.run("SELECT cursor, revision, message FROM ocsf_6008 FINAL WHERE rule = 'custom.fine' AND cursor < 14 ORDER BY cursor"),
    ).toEqual([
      [11, 2, 'new 0'],
      [12, 2, 'new 5'],
      [13, 2, 'new 0'],
    ]);
  });
});

describe('the tables', () => {
  test('are made once: the next start only looks', async () => {
    store.statements.length = 0;
    await readyClassTables(store, 3650, ctx);
    expect(store.statements).toHaveLength(1);
  });

  test('a column that a release adds comes to a table that is there, and to the view over all', async () => {
    engine.run('ALTER TABLE ocsf_6008 DROP COLUMN `policy.name`');
    await readyClassTables(store, 3650, ctx);
    expect(engine.run("SELECT count() FROM ocsf_6008 WHERE `policy.name` <> ''")).toEqual([[0]]);
    expect(engine.run('SELECT count() FROM ocsf_all')[0]?.[0]).toBe(
      [...CLASS_TABLES.values()].map((table) => count(table.classUid, '1')).reduce((a, b) => a + b, 0),
    );
  });
});

describe('one view of all clouds', () => {
  test('one query sees the events of four vendors, and an address in all of them [A21]', async () => {
    const at: ShardRange[] = [];
    for (const [name, rule] of [
      ['tencent-waf', 'tencent.waf-attack'],
      ['huawei-cfw', 'huawei.cfw-attack'],
      ['aws-guardduty', 'aws.guardduty'],
    ] as const) {
      const info = await catalog.createLogstore('sec-test', { name, ttlDays: 30, shardCount: 1 }, ctx);
      ids.set(name, info.id);
      const table = makeLogTable(engine, info.id, []);
      tables.set(info.id, table);
      insertLogs(engine, table, 0, 1, samples(rule));
      at.push(range(name, 0, 1, 1 + samples(rule).length));
    }
    await step.process(at, ctx);
    const seen = engine.run(
      "SELECT `cloud.provider`, count() > 0 FROM ocsf_all WHERE has(`observables.value`, '203.0.113.66') GROUP BY `cloud.provider` ORDER BY `cloud.provider`",
    );
    expect(seen).toEqual([
      ['AWS', 1],
      ['Alibaba Cloud', 1],
      ['Huawei Cloud', 1],
      ['Tencent Cloud', 1],
    ]);
  });
});

describe('the method scan query', () => {
  test('gives at query time what real-time consumption had stored [G05]', () => {
    const rule = rules.find((one) => one.id === 'alibaba.waf');
    if (rule === undefined) throw new Error('rule');
    const table = classTable(rule.classUid);
    const scanned = engine.run(statements.scan(rule, ids.get('waf') as number, 1725961920, 1725962920, 100));
    const stored = engine.run(
      `SELECT ${eventSelectList(table)} FROM ocsf_4002 WHERE rule = 'alibaba.waf' ORDER BY time DESC, cursor DESC, idx DESC`,
    );
    expect(scanned.length).toBe(samples('alibaba.waf').length);
    // Two statements may print the same number in two ways, so the events are compared.
    expect(scanned.map((row) => eventFromRow(table, row))).toEqual(stored.map((row) => eventFromRow(table, row)));
  });
});

describe('looking for events', () => {
  const window = { fromMs: 1725961900_000, toMs: 1725965500_000, limit: 50 };

  test('by class, time, entity and severity, newest first', () => {
    const table = classTable(4002);
    const found = engine
      .run(findEvents(4002, { ...window, entity: '203.0.113.66', minSeverity: 3 }))
      .map((row) => eventFromRow(table, row).event);
    expect(found.length).toBeGreaterThan(1);
    const times = found.map((event) => event['time'] as number);
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    for (const event of found) {
      expect(JSON.stringify(event['observables'])).toContain('"203.0.113.66"');
      expect(event['severity_id']).toBeGreaterThanOrEqual(3);
    }
    expect(engine.run(findEvents(4002, { ...window, toMs: window.fromMs + 1 }))).toEqual([]);
  });

  test('of all classes at once, and of one log', () => {
    const all = engine.run(findAllEvents({ ...window, entity: '203.0.113.66', limit: 500 }));
    expect(new Set(all.map((row) => row[0])).size).toBeGreaterThanOrEqual(3);
    const made = eventsOfLog(ids.get('tencent-waf') as number, 0, 1n, 0).flatMap(({ table, sql }) =>
      engine.run(sql).map((row) => [table.classUid, eventFromRow(table, row).origin.rule]),
    );
    expect(made).toEqual([
      [2004, 'tencent.waf-attack-finding'],
      [4002, 'tencent.waf-attack'],
    ]);
  });
});
