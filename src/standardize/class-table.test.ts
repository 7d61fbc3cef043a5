import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CLASS_TABLES, classColumn, classTable, classTableDdl, classTableUpgrade } from './class-table.ts';
import { eventFromRow, eventSelectList } from './event-row.ts';
import { ocsfPath } from './ocsf-schema.ts';
import { TestEngine } from './testing/engine.ts';

const tables = [...CLASS_TABLES.values()];

describe('the tables of OCSF classes', () => {
  test('every column is an attribute of its class in OCSF 1.8, or ours [G07]', () => {
    for (const table of tables) {
      for (const column of table.columns) {
        if (column.requirement === 'ours') expect(ocsfPath(table.classUid, column.path), `${table.table} ${column.path}`).toBeNull();
        else expect(ocsfPath(table.classUid, column.path), `${table.table} ${column.path}`).not.toBeNull();
      }
    }
    expect(tables.map((table) => table.classUid)).toEqual(
      expect.arrayContaining([1001, 1007, 2004, 3001, 3002, 4001, 4002, 4003, 6003, 6005]),
    );
  });

  test('base attributes that OCSF requires have columns in every class', () => {
    for (const table of tables) {
      for (const path of ['activity_id', 'category_uid', 'class_uid', 'type_uid', 'severity_id', 'time']) {
        expect(classColumn(table, path)?.requirement, `${table.table} ${path}`).toBe('required');
      }
    }
  });

  test('an unknown class is refused by number', () => {
    expect(() => classTable(9999)).toThrow(/no table for OCSF class 9999/);
  });
});

describe('on the engine', () => {
  let engine: TestEngine;
  const rows = (sql: string): readonly (readonly unknown[])[] => engine.run(sql);

  beforeAll(() => {
    engine = new TestEngine();
    for (const table of tables) engine.run(classTableDdl(table, 180));
  });

  afterAll(() => engine.close());

  test('every class has a table, with a column for each path', () => {
    for (const table of tables) {
      const names = new Set(rows(`SELECT name FROM system.columns WHERE database = 'd' AND table = '${table.table}'`).map((row) => row[0]));
      for (const column of table.columns) expect(names, `${table.table} ${column.path}`).toContain(column.path);
      expect(classTableUpgrade(table, names as Set<string>)).toBeNull();
    }
  });

  test('a table of an older release gets the columns it lacks', () => {
    const table = classTable(6008);
    engine.run('CREATE TABLE old (logstore UInt32, message String) ENGINE = MergeTree ORDER BY logstore');
    const upgrade = classTableUpgrade({ ...table, table: 'old' }, new Set(['logstore', 'message']));
    expect(upgrade).toContain('ADD COLUMN IF NOT EXISTS `actor.user.name`');
    engine.run(upgrade as string);
    expect(rows("SELECT count() FROM system.columns WHERE database = 'd' AND table = 'old' AND name = 'actor.user.name'")).toEqual([[1]]);
  });

  test('arrays inside one object may differ in length, and every path reads back', () => {
    engine.run(`INSERT INTO ocsf_2004 (logstore, shard, cursor, idx, rule, revision, received, time, class_uid, category_uid, activity_id, type_uid, severity_id,
      \`finding_info.title\`, \`finding_info/types\`, \`finding_info/data_sources\`, \`resources.uid\`, \`resources.name\`, \`resources.type\`, \`resources.namespace\`,
      \`resources.region\`, \`resources.data\`, \`metadata.uid\`, action_id, \`cloud.provider\`, observables, unmapped)
      SELECT 7, 1, 42, 3, 'test.rule', 2, toDateTime64('2024-09-10 09:52:05', 3, 'UTC'), toDateTime64('2024-09-10 09:52:00.250', 3, 'UTC'), 2004, 2, 1, 200401, 4,
      'Reverse shell', ['a'], ['b', 'c'], ['u1', 'u2'], ['n1', ''], ['', ''], ['', ''], ['', ''], ['', ''], 'id-1', 2, 'Alibaba Cloud',
      [(2, 'src_endpoint.ip', '203.0.113.66')], '{"k":"v"}'`);
    const table = classTable(2004);
    const found = rows(
      `SELECT ${eventSelectList(table)} FROM ocsf_2004 WHERE has(\`observables.value\`, '203.0.113.66') AND has(\`resources.uid\`, 'u2')`,
    );
    expect(found).toHaveLength(1);
    const { event, origin } = eventFromRow(table, found[0] as readonly unknown[]);
    expect(origin).toEqual({
      logstore: 7,
      shard: 1,
      cursor: '42',
      index: 3,
      rule: 'test.rule',
      revision: 2,
      receivedMs: 1725961925000,
      timeReplaced: false,
    });
    expect(event).toEqual({
      class_uid: 2004,
      class_name: 'Detection Finding',
      category_uid: 2,
      category_name: 'Findings',
      activity_id: 1,
      activity_name: 'Create',
      type_uid: 200401,
      type_name: 'Detection Finding: Create',
      severity_id: 4,
      severity: 'High',
      time: 1725961920250,
      action_id: 2,
      action: 'Denied',
      cloud: { provider: 'Alibaba Cloud' },
      finding_info: { title: 'Reverse shell', types: ['a'], data_sources: ['b', 'c'] },
      resources: [{ uid: 'u1', name: 'n1' }, { uid: 'u2' }],
      metadata: { uid: 'id-1', version: '1.8.0', profiles: ['cloud', 'security_control'] },
      observables: [{ type_id: 2, type: 'IP Address', name: 'src_endpoint.ip', value: '203.0.113.66' }],
      unmapped: { k: 'v' },
    });
  });

  test('a range is read by the primary key and an entity by its bloom filter', () => {
    engine.run(`INSERT INTO ocsf_4001 (logstore, shard, cursor, idx, rule, revision, received, time, \`src_endpoint.ip\`, observables)
      SELECT 1, 0, number, 0, 'r', 1, now(), now(), '10.0.0.1', [(2, 'src_endpoint.ip', toString(number))] FROM numbers(50000)`);
    const plan = (where: string): string => rows(`EXPLAIN indexes = 1 SELECT count() FROM ocsf_4001 WHERE ${where}`).join('\n');
    expect(plan('logstore = 1 AND shard = 0 AND cursor >= 100 AND cursor < 200')).toMatch(/PrimaryKey[\s\S]*Granules: 1\/\d+/);
    expect(plan("has(`observables.value`, '777')")).toMatch(/entities[\s\S]*Granules: 1\/\d+/);
    expect(
      rows(
        "SELECT count() FROM ocsf_4001 WHERE `src_endpoint.ip@v6` BETWEEN toIPv6('::ffff:10.0.0.0') AND toIPv6('::ffff:10.255.255.255')",
      ),
    ).toEqual([[50000]]);
  });

  test('the same identity and rule again replaces the event', () => {
    const insert = (revision: number, title: string): void => {
      engine.run(
        `INSERT INTO ocsf_6008 (logstore, shard, cursor, idx, rule, revision, received, time, message) SELECT 1, 0, 9, 0, 'r', ${revision}, toDateTime64('2024-09-10 09:52:05', 3, 'UTC'), now(), '${title}'`,
      );
    };
    insert(1, 'old');
    insert(2, 'new');
    expect(rows('SELECT message FROM ocsf_6008 FINAL WHERE logstore = 1')).toEqual([['new']]);
  });
});
