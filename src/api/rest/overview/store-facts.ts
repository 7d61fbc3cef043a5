import type { RunContext } from '../../../core/context.ts';
import type { CompiledSql, QueryLimits, Store } from '../../../store/store.ts';

/** What the store says about one logstore. */
export interface StoreFacts {
  readonly logstore: number;
  /** Logs received in each bucket of the period, oldest first. */
  readonly received: readonly number[];
  /** Logs received since the beginning of the day (UTC). */
  readonly today: number;
  /** In the last minute. */
  readonly lastMinute: number;
  readonly rows: number;
  /** On disk, indexes included, and the columns before compression. */
  readonly diskBytes: number;
  readonly rawBytes: number;
}

const LIMITS: QueryLimits = { maxSec: 10, maxMemoryBytes: 512 * 1024 ** 2, maxResultRows: 200_000, overflow: 'throw' };

/** Tables in one statement: each costs a few ms of planning. */
const TABLES_AT_ONCE = 100;

/** Sizes of the logstores' tables; `max(modification_time)` tells which of them changed lately. */
export function sizesSql(): CompiledSql {
  return {
    text: `SELECT toUInt32(substring(table, 6)) AS logstore, sum(rows) AS rows, sum(bytes_on_disk) AS disk, sum(data_uncompressed_bytes) AS raw, toUnixTimestamp(max(modification_time)) AS modified
FROM system.parts WHERE database = currentDatabase() AND active AND match(table, '^logs_[0-9]+$') GROUP BY table ORDER BY table`,
    params: {},
  };
}

/** Logs by receive time of the given tables: bucket -1 is what came before the period but today. */
export function receivedSql(
  logstores: readonly number[],
  fromMs: number,
  bucketMs: number,
  buckets: number,
  dayMs: number,
  nowMs: number,
): CompiledSql {
  const since = Math.min(fromMs, dayMs);
  const parts = logstores.map(
    (logstore) => `SELECT toUInt32(${logstore}) AS logstore,
  if(received < fromUnixTimestamp64Milli({from:Int64}), -1, least(toInt32(intDiv(toUnixTimestamp64Milli(received) - {from:Int64}, {bucket:Int64})), {last:Int32})) AS bucket,
  count() AS logs, countIf(received >= fromUnixTimestamp64Milli({day:Int64})) AS today, countIf(received >= fromUnixTimestamp64Milli({minute:Int64})) AS minute
FROM logs_${logstore} WHERE received >= fromUnixTimestamp64Milli({since:Int64}) GROUP BY bucket`,
  );
  return {
    text: parts.join('\nUNION ALL\n'),
    params: { from: fromMs, bucket: bucketMs, last: buckets - 1, day: dayMs, minute: nowMs - 60_000, since },
  };
}

/** One answer for all logstores that have a table. */
export async function storeFacts(
  store: Pick<Store, 'query'>,
  periodMs: number,
  buckets: number,
  ctx: RunContext,
): Promise<ReadonlyMap<number, StoreFacts>> {
  const nowMs = ctx.clock.nowMs();
  const fromMs = nowMs - periodMs;
  const dayMs = nowMs - (nowMs % 86_400_000);
  const sizes = await store.query(sizesSql(), 'control', LIMITS, ctx);
  const facts = new Map<number, StoreFacts>();
  const lately: number[] = [];
  for (const row of sizes.rows) {
    const [logstore = 0, rows = 0, disk = 0, raw = 0, modified = 0] = row.map(Number);
    facts.set(logstore, {
      logstore,
      received: Array.from({ length: buckets }, () => 0),
      today: 0,
      lastMinute: 0,
      rows,
      diskBytes: disk,
      rawBytes: raw,
    });
    // Merges also touch a table, so this leaves out only the idle ones: their counts are zero anyway.
    if (modified * 1000 >= Math.min(fromMs, dayMs)) lately.push(logstore);
  }
  for (let at = 0; at < lately.length; at += TABLES_AT_ONCE) {
    const answer = await store.query(
      receivedSql(lately.slice(at, at + TABLES_AT_ONCE), fromMs, periodMs / buckets, buckets, dayMs, nowMs),
      'people',
      LIMITS,
      ctx,
    );
    for (const row of answer.rows) {
      const [logstore = 0, bucket = -1, logs = 0, today = 0, minute = 0] = row.map(Number);
      const before = facts.get(logstore);
      if (before === undefined) continue;
      const received = bucket < 0 ? before.received : before.received.with(bucket, (before.received[bucket] ?? 0) + logs);
      facts.set(logstore, { ...before, received, today: before.today + today, lastMinute: before.lastMinute + minute });
    }
  }
  return facts;
}
