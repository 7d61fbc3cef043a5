import type { CountOp, RuleSentence } from '../query/syntax/sigma/ast.ts';
import type { CompiledSql } from '../store/store.ts';
import type { BaseClass, CorrelationPlan } from './correlation-plan.ts';
import { sqlArray, sqlNumber, sqlString } from './sql-text.ts';

/** Table of what correlations count: one row per correlation, rule and event (or inner correlation). */
export const MATCHES = 'detect_matches';

/**
 * `time` is event time. A row again (a range that came twice) is replaced by itself. `expires`, by the engine's clock, which the TTL goes by: no window that it could be in can still grow. `batch` finds what a batch
 * brought: its bloom filter prunes all older parts.
 */
export const MATCHES_DDL = `CREATE TABLE IF NOT EXISTS ${MATCHES} (
  corr LowCardinality(String),
  revision UInt32,
  grp String CODEC(ZSTD(1)),
  time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  rule LowCardinality(String),
  place UInt8,
  value String CODEC(ZSTD(1)),
  class_uid UInt16,
  logstore UInt32,
  shard UInt32,
  cursor UInt64 CODEC(Delta(8), ZSTD(1)),
  idx UInt32,
  uid String,
  received DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  batch UInt64,
  expires DateTime('UTC'),
  INDEX batches batch TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toStartOfInterval(expires, toIntervalDay(8))
ORDER BY (corr, revision, grp, time, rule, logstore, shard, cursor, idx, uid)
TTL expires
SETTINGS non_replicated_deduplication_window = 1000, ttl_only_drop_parts = 1`;

const COLUMNS = 'corr, revision, grp, time, rule, place, value, class_uid, logstore, shard, cursor, idx, uid, received, batch, expires';

/** A rule of a correlation over one class. */
export interface Counted {
  readonly plan: CorrelationPlan;
  readonly ruleId: string;
  readonly place: number;
  readonly base: BaseClass;
}

/** Rules that correlations count in the events of one class. */
export interface CountedClass {
  readonly classUid: number;
  readonly counted: readonly Counted[];
}

/** Writes what correlations count of the rows that `where` picks in each class. Rows without a value for each field of the group are left out. */
export function insertMatches(classes: readonly CountedClass[], where: string, batch: bigint, latenessSec: number): string {
  const selects = classes.map(({ classUid, counted }) => {
    const tuples = counted.map(({ plan, ruleId, place, base }) => {
      const needed = [...base.group, ...(plan.document.valueFields.length > 0 ? [base.value] : [])].map((text) => `${text} != ''`);
      const yes = [`(${base.rule.predicate})`, ...needed].join(' AND ');
      const group = `CAST(${sqlArray(base.group)}, 'Array(String)')`;
      return `tuple(toUInt8(${yes}), ${sqlString(plan.meta.id)}, toUInt32(${plan.meta.revision}), ${sqlString(ruleId)}, toUInt8(${place}), ${group}, toString(${base.value}), toUInt32(${keepSec(plan, latenessSec)}))`;
    });
    // First the rows that matter: building the tuples of all costs more than asking twice.
    const any = [...new Set(counted.map(({ base }) => `(${base.rule.predicate})`))].join(' OR ');
    const table = (counted[0] as Counted).base.rule.table.table;
    return `SELECT m.2, m.3, toJSONString(m.6), time, m.4, m.5, m.7, toUInt16(${classUid}), logstore, shard, cursor, idx, '', received, toUInt64(${batch}), now('UTC') + toIntervalSecond(m.8)
FROM (SELECT time, received, logstore, shard, cursor, idx, arrayFilter(x -> x.1 = 1, ${sqlArray(tuples)}) AS ms FROM ${table} WHERE (${where}) AND (${any})) ARRAY JOIN ms AS m`;
  });
  return `INSERT INTO ${MATCHES} (${COLUMNS}) ${selects.join(' UNION ALL ')}`;
}

/** How long a row can be part of a window that still grows, and an hour for whatever was down meanwhile. */
function keepSec(plan: CorrelationPlan, latenessSec: number): number {
  return plan.document.timespanSec * 2 + latenessSec + 3600;
}

/** A hit of an inner correlation, for the outer one. */
export interface InnerMatch {
  readonly group: readonly string[];
  readonly value: string;
  readonly timeMs: number;
  readonly receivedMs: number;
  readonly classUid: number;
  readonly logstore: number;
  readonly shard: number;
  readonly cursor: string;
  readonly idx: number;
  readonly uid: string;
}

export function insertInner(
  plan: CorrelationPlan,
  ruleId: string,
  place: number,
  matches: readonly InnerMatch[],
  batch: bigint,
  latenessSec: number,
): CompiledSql {
  const rows = matches.map((one) => [
    JSON.stringify(one.group),
    one.timeMs,
    one.value,
    one.classUid,
    one.logstore,
    one.shard,
    one.cursor,
    one.idx,
    one.uid,
    one.receivedMs,
  ]);
  const structure =
    "'grp String, t Int64, value String, class_uid UInt16, logstore UInt32, shard UInt32, cursor UInt64, idx UInt32, uid String, received Int64'";
  return {
    text: `INSERT INTO ${MATCHES} (${COLUMNS}) SELECT ${sqlString(plan.meta.id)}, ${plan.meta.revision}, grp, fromUnixTimestamp64Milli(t, 'UTC'), ${sqlString(ruleId)}, ${place}, value, class_uid, logstore, shard, cursor, idx, uid, fromUnixTimestamp64Milli(received, 'UTC'), toUInt64(${batch}), now('UTC') + toIntervalSecond(${keepSec(plan, latenessSec)}) FROM format(JSONCompactEachRow, ${structure}, {rows:String})`,
    params: { rows: rows.map((row) => JSON.stringify(row)).join('\n') },
  };
}

/** Correlations that a batch brought something for. */
export function touchedBy(batch: bigint): string {
  return `SELECT DISTINCT corr, revision FROM ${MATCHES} WHERE batch = ${batch}`;
}

/** What an evaluation reads: rows of the groups concerned, with the time [lo, hi) in ms in which matches may end. */
function source(plan: CorrelationPlan, affected: string, spanMs: number, aheadMs: number): string {
  const own = `corr = ${sqlString(plan.meta.id)} AND revision = ${plan.meta.revision}`;
  // An event that several of the rules match is one event; for temporal types each of its rules counts.
  const once =
    plan.document.type.startsWith('temporal') || plan.bases.length === 1 ? '' : ' LIMIT 1 BY grp, logstore, shard, cursor, idx, uid';
  return `(SELECT grp, toUnixTimestamp64Milli(m.time) AS t, rule, place, lowerUTF8(value) AS value, lo, hi FROM (SELECT grp, time, rule, place, value FROM ${MATCHES} FINAL WHERE ${own} AND grp IN (SELECT grp FROM ${affected})${once}) AS m INNER JOIN ${affected} AS a USING (grp) WHERE t >= lo - ${spanMs} AND t < hi + ${aheadMs})`;
}

/**
 * Matches of a correlation in the groups that a batch brought something for: `grp, bucket, n, first_ms, last_ms`. A match is named by the bucket (of the timespan's length) in
 * which its last event lies. All buckets that the new rows can change are computed anew, from everything known, so late data and repeated ranges come out the same.
 */
export function evaluate(plan: CorrelationPlan, batch: bigint): string {
  const w = plan.document.timespanSec * 1000;
  const affected = `(SELECT grp, intDiv(min(toUnixTimestamp64Milli(time)), ${w}) * ${w} AS lo, (intDiv(max(toUnixTimestamp64Milli(time)) + ${w}, ${w}) + 1) * ${w} AS hi FROM ${MATCHES} WHERE corr = ${sqlString(plan.meta.id)} AND revision = ${plan.meta.revision} AND batch = ${batch} GROUP BY grp)`;
  const from = source(plan, affected, w, 0);
  if (plan.document.type === 'temporal_ordered') return ordered(plan, from, w);
  const { n, condition } = windowed(plan);
  const window = `WINDOW w AS (PARTITION BY grp ORDER BY t RANGE BETWEEN ${w - 1} PRECEDING AND CURRENT ROW)`;
  return buckets(`(SELECT grp, t, lo, hi, ${n} AS n, min(t) OVER w AS f, (${condition}) AS yes FROM ${from} ${window})`, w);
}

/**
 * The same for correlations that more hits can make false again: buckets that end within (fromMs, toMs], when no more data is expected. Counts are of whole buckets, not of
 * sliding windows; absence is looked for in a timespan before and after.
 */
export function evaluateClosed(plan: CorrelationPlan, fromMs: number, toMs: number): string {
  const w = plan.document.timespanSec * 1000;
  const lo = Math.floor(fromMs / w) * w;
  const hi = Math.floor(toMs / w) * w;
  const own = `corr = ${sqlString(plan.meta.id)} AND revision = ${plan.meta.revision}`;
  const affected = `(SELECT DISTINCT grp, toInt64(${lo}) AS lo, toInt64(${hi}) AS hi FROM ${MATCHES} WHERE ${own} AND time >= fromUnixTimestamp64Milli(toInt64(${lo})) AND time < fromUnixTimestamp64Milli(toInt64(${hi})))`;
  if (plan.document.sentence !== null) {
    const from = source(plan, affected, w, w);
    const window = `WINDOW w AS (PARTITION BY grp ORDER BY t RANGE BETWEEN ${w - 1} PRECEDING AND ${w - 1} FOLLOWING)`;
    const condition = sentenceSql(plan, plan.document.sentence);
    return buckets(`(SELECT grp, t, lo, hi, uniqExact(rule) OVER w AS n, t AS f, (${condition}) AS yes FROM ${from} ${window})`, w);
  }
  const n = aggregate(plan);
  return `SELECT grp, intDiv(t, ${w}) * ${w} AS bucket, ${n} AS n, min(t) AS first_ms, max(t) AS last_ms FROM ${source(plan, affected, 0, 0)} GROUP BY grp, bucket HAVING ${countsSql(plan, 'n')}`;
}

function buckets(rows: string, w: number): string {
  return `SELECT grp, intDiv(t, ${w}) * ${w} AS bucket, max(n) AS n, min(f) AS first_ms, max(t) AS last_ms FROM ${rows} WHERE yes AND t >= lo AND t < hi GROUP BY grp, bucket`;
}

function windowed(plan: CorrelationPlan): { readonly n: string; readonly condition: string } {
  const { document } = plan;
  const n = `${aggregate(plan)} OVER w`;
  if (document.sentence !== null) return { n, condition: sentenceSql(plan, document.sentence) };
  if (document.type === 'temporal' && document.counts.length === 0) return { n, condition: `n >= ${document.rules.length}` };
  return { n, condition: countsSql(plan, 'n') };
}

function aggregate({ document }: CorrelationPlan): string {
  const number = 'toFloat64OrNull(value)';
  switch (document.type) {
    case 'event_count':
      return 'count()';
    case 'value_count':
      return 'uniqExact(value)';
    case 'value_sum':
      return `sum(${number})`;
    case 'value_avg':
      return `avg(${number})`;
    case 'value_percentile':
      return `quantileExact(${document.percentile / 100})(${number})`;
    case 'value_median':
      return `quantileExact(0.5)(${number})`;
    case 'temporal':
    case 'temporal_ordered':
      return 'uniqExact(rule)';
  }
}

const OPS: Readonly<Record<CountOp, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=', eq: '=', neq: '!=' };

function countsSql({ document }: CorrelationPlan, n: string): string {
  return document.counts.map(({ op, value }) => `ifNull(${n} ${OPS[op]} ${sqlNumber(value)}, 0)`).join(' AND ');
}

function sentenceSql(plan: CorrelationPlan, sentence: RuleSentence): string {
  if (sentence.kind === 'not') return `NOT (${sentenceSql(plan, sentence.of)})`;
  if (sentence.kind !== 'rule')
    return sentence.of.map((one) => `(${sentenceSql(plan, one)})`).join(sentence.kind === 'and' ? ' AND ' : ' OR ');
  return `countIf(place = ${plan.document.rules.indexOf(sentence.name) + 1}) OVER w > 0`;
}

/**
 * All rules in the order listed within the timespan. Level by level: for each event of rule k, the latest start of a chain of rules 1 to k that ends with it. Events of the same
 * time count as ordered either way: logs of whole seconds would otherwise lose true chains.
 */
function ordered(plan: CorrelationPlan, from: string, w: number): string {
  const last = plan.document.rules.length;
  const window = 'OVER (PARTITION BY grp ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)';
  let rows = `(SELECT grp, t, place, lo, hi, if(place = 1, t, 0) AS s FROM ${from})`;
  for (let k = 2; k <= last; k++) {
    rows = `(SELECT grp, t, place, lo, hi, if(place = ${k}, maxIf(s, place = ${k - 1}) ${window}, s) AS s FROM ${rows})`;
  }
  return buckets(`(SELECT grp, t, lo, hi, ${last} AS n, s AS f, place = ${last} AND s > 0 AND s > t - ${w} AS yes FROM ${rows})`, w);
}

/** A match whose evidence is asked for. */
export interface FoundMatch {
  readonly group: string;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Evidence of matches: `i, events, received, first ones, last one`; each `(t, class_uid, logstore, shard, cursor, idx, uid)`. */
export function evidenceOf(plan: CorrelationPlan, found: readonly FoundMatch[], limit: number): CompiledSql {
  const rows = found.map((one, index) => JSON.stringify([index, one.group, one.firstMs, one.lastMs]));
  const own = `corr = ${sqlString(plan.meta.id)} AND revision = ${plan.meta.revision}`;
  const wanted = "format(JSONCompactEachRow, 'i UInt32, grp String, f Int64, l Int64', {rows:String})";
  const item = 'tuple(t, class_uid, logstore, shard, toString(cursor), idx, uid)';
  return {
    text: `SELECT i, count(), max(received_ms), groupArray(${limit})(item), argMax(item, item) FROM (SELECT DISTINCT i, ${item} AS item, received_ms FROM (SELECT grp, toUnixTimestamp64Milli(m.time) AS t, class_uid, logstore, shard, cursor, idx, uid, toUnixTimestamp64Milli(m.received) AS received_ms FROM ${MATCHES} AS m FINAL WHERE ${own} AND grp IN (SELECT grp FROM ${wanted})) AS x INNER JOIN ${wanted} AS y USING (grp) WHERE t >= f AND t <= l ORDER BY i, item) GROUP BY i`,
    params: { rows: rows.join('\n') },
  };
}
