import type { QueryAnswer, QueryRequest } from '../../../../query/queries.ts';
import { SlsError } from '../../sls-error.ts';

/** What a client asks, however it came: as JSON (GetLogs V2) or as parameters (V1, histograms). Absent: the API's default. */
export interface AskedQuery {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly fromNs?: number | undefined;
  readonly toNs?: number | undefined;
  readonly topic?: string | undefined;
  readonly query?: string | undefined;
  readonly line?: number | undefined;
  readonly offset?: number | undefined;
  readonly reverse?: boolean | undefined;
  readonly accurate?: boolean | undefined;
  readonly session?: string | undefined;
  readonly shard?: number | undefined;
}

/** Rows of a search page; more is cut down silently, as the vendor does (sls-api §3.6). */
const MAX_LINE = 100;

/** @throws SlsError ParameterInvalid */
export function queryRequest(asked: AskedQuery): Omit<QueryRequest, 'logstore'> {
  const whole = (name: 'from' | 'to' | 'offset' | 'line', fallback: number | null): number => {
    const value = asked[name] ?? fallback;
    if (value === null) throw new SlsError('ParameterInvalid', `The parameter ${name} is required`);
    if (!Number.isInteger(value) || value < 0)
      throw new SlsError('ParameterInvalid', `The parameter ${name} must be a positive integer, but is ${value}`);
    return value;
  };
  const part = (name: 'fromNs' | 'toNs'): number => {
    const value = asked[name] ?? 0;
    if (!Number.isInteger(value) || value < 0 || value > 999_999_999)
      throw new SlsError('ParameterInvalid', `The parameter ${name} must be within [0, 999999999], but is ${value}`);
    return value;
  };
  return {
    fromSec: whole('from', null),
    toSec: whole('to', null),
    fromNsPart: part('fromNs'),
    toNsPart: part('toNs'),
    query: asked.query === undefined || asked.query.trim() === '' ? '*' : asked.query,
    topic: asked.topic ?? '',
    line: Math.min(whole('line', MAX_LINE), MAX_LINE),
    offset: whole('offset', 0),
    reverse: asked.reverse ?? false,
    accurate: asked.accurate ?? false,
    scan: /(?:^|[;&,\s])mode=scan(?:$|[;&,\s])/.test(asked.session ?? ''),
    ...(asked.shard !== undefined && asked.shard >= 0 && { shard: asked.shard }),
  };
}

/**
 * Rows as string maps: every value is text, also `__time__`. A log has only the keys it came with; a column of SQL that is NULL is the text `null`
 * (sls-api §3.6).
 */
export function rowMaps(answer: QueryAnswer): Record<string, string>[] {
  const names = answer.columns.map((column) => column.name);
  const areLogs = answer.identities.length > 0;
  return answer.rows.map((row) => {
    const map: Record<string, string> = {};
    for (let i = 0; i < names.length; i++) {
      const value = row[i];
      if (value !== null && value !== undefined) map[names[i] as string] = value;
      else if (!areLogs) map[names[i] as string] = 'null';
    }
    return map;
  });
}

export const progressOf = (answer: { readonly complete: boolean }): string => (answer.complete ? 'Complete' : 'Incomplete');

/** Where a phrase or scan query has looked; we always look at everything or say Incomplete. */
const SCANNED = { scanAll: true, beginOffset: 0, endOffset: 0, endTime: 0 } as const;

/** `meta` of GetLogs V2. */
export function metaOf(answer: QueryAnswer, asked: { readonly powerSql: boolean }): Record<string, unknown> {
  const areLogs = answer.identities.length > 0 || (!answer.hasSql && answer.aggQuery === '');
  return {
    progress: progressOf(answer),
    count: answer.rows.length,
    limited: MAX_LINE,
    mode: answer.mode,
    hasSQL: answer.hasSql,
    whereQuery: answer.whereQuery,
    aggQuery: answer.aggQuery,
    processedRows: answer.processedRows,
    processedBytes: answer.processedBytes,
    elapsedMillisecond: Math.round(answer.elapsedMs),
    cpuSec: 0,
    cpuCores: 0,
    powerSql: asked.powerSql,
    insertedSQL: '',
    telementryType: '',
    isAccurate: true,
    keys: areLogs ? [] : answer.columns.map((column) => column.name),
    columnTypes: areLogs ? [] : answer.columns.map((column) => column.type),
    terms: answer.terms,
    highlights: [],
    marker: '',
    scanBytes: answer.mode >= 2 ? answer.processedBytes : 0,
    shard: 0,
    ...(answer.mode > 0 && { phraseQueryInfo: SCANNED }),
  };
}

/** Headers of GetLogs V1 say what `meta` says. Header values are Latin-1 at most, so text of people is escaped as JSON or percent-encoded. */
export function headersOf(answer: QueryAnswer): Record<string, string> {
  const meta = metaOf(answer, { powerSql: false });
  const info = {
    keys: meta['keys'],
    columnTypes: meta['columnTypes'],
    terms: answer.terms.map(({ key, term }) => [term, key]),
    limited: String(MAX_LINE),
    marker: '',
    mode: answer.mode,
    isAccurate: 1,
    scanBytes: meta['scanBytes'],
    ...(answer.mode > 0 && { phraseQueryInfo: { scanAll: 'true', beginOffset: '0', endOffset: '0' } }),
  };
  return {
    'x-log-progress': progressOf(answer),
    'x-log-count': String(answer.rows.length),
    'x-log-processed-rows': String(answer.processedRows),
    'x-log-processed-bytes': String(answer.processedBytes),
    'x-log-elapsed-millisecond': String(Math.round(answer.elapsedMs)),
    'x-log-has-sql': String(answer.hasSql),
    'x-log-where-query': headerText(answer.whereQuery),
    'x-log-agg-query': headerText(answer.aggQuery),
    'x-log-cpu-sec': '0',
    'x-log-cpu-cores': '0',
    'x-log-scanbytes': String(meta['scanBytes']),
    'x-log-query-info': JSON.stringify(info).replace(
      /[\u007f-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  };
}

/** Longest text of a query in a header: the query itself may have 32 KB, a whole header block has 16 KB in many clients. */
const MAX_HEADER = 2048;

/** Anything but visible ASCII is percent-encoded; a line break in a header would end it. */
function headerText(text: string): string {
  return text
    .slice(0, MAX_HEADER)
    .toWellFormed()
    .replace(/[^\x20-\x7e]/gu, (char) => encodeURIComponent(char));
}
