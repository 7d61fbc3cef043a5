import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compress, decompress } from '../core/codec.ts';
import { systemClock } from '../core/clock.ts';
import { quietContext } from '../core/context.ts';
import { GroupBuilder } from '../core/group-builder.ts';
import { decodeGroup } from '../core/group-reader.ts';
import type { LogGroup } from '../core/log.ts';
import type { StreamGroup, StreamPage } from '../stream/stream.ts';
import { StorePullFilter } from './pull-filter.ts';
import { openTestEngine, type TestEngine } from './testing/engine.ts';
import { fillTable, index, key, logstore, tableFor, testStore } from './testing/log-store.ts';

const ctx = quietContext(systemClock);
const config = index({ level: key(), code: key({ type: 'long' }) });
const table = tableFor(1, config);
const NANOS = 123_456_789;
const log = (level: string, code: string, more: Record<string, string> = {}) => ({
  timeSec: 1_700_000_000,
  timeNsPart: NANOS,
  fields: { level, code, ...more },
});
const GROUPS: readonly LogGroup[] = [
  { topic: 't1', source: 's1', tags: { host: 'a' }, logs: [log('info', '200'), log('error', '500', { free: 'text' }), log('info', '404')] },
  { topic: '', source: 's2', tags: {}, logs: [log('info', '200')] },
  { topic: 't3', source: 's3', tags: { host: 'c' }, logs: [log('error', '503'), log('error', '007')] },
];

function stored(group: LogGroup): StreamGroup {
  const builder = new GroupBuilder();
  builder.begin();
  for (const one of group.logs) {
    builder.beginLog(one.timeSec, one.timeNsPart);
    for (const [name, value] of Object.entries(one.fields)) builder.field(name, value);
    builder.endLog();
  }
  builder.topic(group.topic);
  builder.source(group.source);
  for (const [name, value] of Object.entries(group.tags)) builder.tag(name, value);
  const raw = builder.finish();
  return { bytes: compress('lz4', raw), codec: 'lz4', rawBytes: raw.length, logs: group.logs.length, receivedMs: 1_700_000_000_000 };
}

const page: StreamPage = { first: 0n, groups: GROUPS.map(stored), next: 3n, atEnd: true };
const read = (group: StreamGroup): LogGroup => decodeGroup(decompress(group.codec, group.bytes, group.rawBytes));

describe('StorePullFilter', () => {
  let engine: TestEngine;
  let filter: StorePullFilter;
  beforeAll(() => {
    engine = openTestEngine();
    fillTable(engine, table, GROUPS);
    filter = new StorePullFilter(
      testStore(engine),
      { table: () => table },
      { flush: () => Promise.resolve(true) },
      { timeZone: 'UTC', maxSec: 10, maxMemoryBytes: 1 << 30, flushWaitMs: 1000 },
    );
  });
  afterAll(() => engine.close());

  it('answers the logs that pass as they were, group by group, and leaves out empty groups', async () => {
    const answer = await filter.filter("* | where level = 'error'", logstore(config), 0, page, ctx);
    expect(answer.groups.map(read)).toEqual([
      { ...GROUPS[0], logs: [GROUPS[0]?.logs[1]] },
      { ...GROUPS[2], logs: GROUPS[2]?.logs },
    ]);
    expect([answer.rawLines, answer.resultLines]).toEqual([6, 3]);
    // A group all of whose logs pass goes on as it came, compressed.
    expect(answer.groups[1]).toBe(page.groups[2]);
  });

  it('trims columns: only the fields the program leaves, and the time', async () => {
    const answer = await filter.filter("* | where level = 'error' | project code, __topic__", logstore(config), 0, page, ctx);
    expect(answer.groups.map(read)).toEqual([
      { topic: 't1', source: '', tags: {}, logs: [{ timeSec: 1_700_000_000, timeNsPart: NANOS, fields: { code: '500' } }] },
      {
        topic: 't3',
        source: '',
        tags: {},
        logs: ['503', '007'].map((code) => ({ timeSec: 1_700_000_000, timeNsPart: NANOS, fields: { code } })),
      },
    ]);
  });

  it('adds fields and keeps all others, tags included', async () => {
    const answer = await filter.filter(
      "* | extend bad = cast(code as bigint) >= 500 | where level = 'error'",
      logstore(config),
      0,
      page,
      ctx,
    );
    const [first] = answer.groups.map(read);
    expect(first).toMatchObject({ topic: 't1', source: 's1', tags: { host: 'a' } });
    expect(first?.logs[0]?.fields).toEqual({ level: 'error', code: '500', free: 'text', bad: 'true' });
  });

  it('refuses what is no row-by-row program, with the place', async () => {
    await expect(filter.filter('* | stats n = count(*)', logstore(config), 0, page, ctx)).rejects.toMatchObject({ code: /^query\./ });
    await expect(filter.filter('* | where levl = ', logstore(config), 0, page, ctx)).rejects.toMatchObject({ code: 'query.syntax' });
  });

  it('moves no cursor while the store is behind', async () => {
    const behind = new StorePullFilter(
      testStore(engine),
      { table: () => table },
      { flush: () => Promise.resolve(false) },
      { timeZone: 'UTC', maxSec: 10, maxMemoryBytes: 1 << 30, flushWaitMs: 1 },
    );
    await expect(behind.filter('* | where true', logstore(config), 0, page, ctx)).rejects.toMatchObject({ code: 'store.unavailable' });
  });
});
