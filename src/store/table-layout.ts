import type { LogstoreInfo } from '../control/catalog.ts';
import { isFixedKey, logTableName, MAX_COLUMNS, searchText, type FullTextGeneration, type LogColumn, type LogTable } from './log-table.ts';
import type { TokenSample } from './token-sample.ts';

/** A layout with what only its table's declaration needs. */
export interface StoredLayout {
  readonly table: LogTable;
  /** Generation → bytes of its bloom filter per granule. */
  readonly bloomBytes: Readonly<Record<string, number>>;
  /** False: the natures of its columns were guessed from too few logs and are looked at again. */
  readonly settled: boolean;
}

/** Rows of a granule: the engine's default, which the size of a bloom filter depends on. */
const GRANULE_ROWS = 8192;
/** Bits of a bloom filter per token: with three hashes some 2 % of the granules are read for nothing. */
const BITS_PER_TOKEN = 10;

const REST_TEXT = "arrayStringConcat(mapValues(rest), '\\n')";

/**
 * The layout that a logstore's index configuration wants, grown from the one it has; the same object when nothing changes.
 * Columns are never dropped: a key that leaves the index, or changes its type, keeps its old column for old rows. `sample` decides the nature of new columns, and of all of
 * them once it is large enough for a layout that is not settled.
 */
export function planLayout(current: StoredLayout | null, info: LogstoreInfo, sample: TokenSample): StoredLayout {
  const before = current?.table ?? null;
  const columns = planColumns(before, info, sample);
  const indexed = info.index !== null || (before !== null && before.fullText.length > 0);
  const judge = current === null || (!current.settled && sample.settled) || before?.profile !== info.profile;
  const grown = before === null || columns !== before.columns || (indexed && before.fullText.length === 0);
  const same = before !== null && !grown && !judge && before.ttlDays === info.ttlDays && before.profile === info.profile;
  if (same) return current as StoredLayout;

  const judged = judge ? columns.map((column) => judgeColumn(column, info.profile, sample)) : columns;
  const generations = generationsOf(judged, before, indexed);
  const restKeys = new Set(judged.filter((column) => column.active).map((column) => column.key));
  const restNature = sample.natureOf((key) => !restKeys.has(key));
  const restFullText = judge || before.fullText.length === 0 ? forProfile(restNature.fullText, info.profile) : before.restFullText;
  const fullText = generations.map((generation, i) => expressions(generation, judged, i === 0 ? restFullText : null));
  const bloomBytes: Record<string, number> = {};
  for (const [i, generation] of generations.entries()) {
    const known = current?.bloomBytes[String(generation)];
    const tokens =
      judged
        .filter((column) => column.generation === generation && column.fullText === 'B')
        .reduce((sum, column) => sum + sample.nature(column.key).tokensPerLog, 0) +
      (i === 0 && restFullText === 'B' ? restNature.tokensPerLog : 0);
    bloomBytes[String(generation)] = !judge && known !== undefined ? known : bloomSize(tokens);
  }
  const table: LogTable = {
    logstore: info.id,
    table: logTableName(info.id),
    version: (before?.version ?? 0) + 1,
    columns: judged,
    fullText,
    restFullText,
    profile: info.profile,
    ttlDays: info.ttlDays,
  };
  const settled = sample.settled || (current !== null && current.settled && columns === before?.columns);
  if (before !== null && sameLayout({ ...before, version: table.version }, table) && settled === current?.settled)
    return current as StoredLayout;
  return { table, bloomBytes, settled };
}

/** Columns for the configured keys; the array itself when nothing changes. */
function planColumns(before: LogTable | null, info: LogstoreInfo, sample: TokenSample): readonly LogColumn[] {
  const wanted = Object.entries(info.index?.keys ?? {}).filter(([key]) => !isFixedKey(key));
  const types = new Map(wanted.map(([key, config]) => [key, config.type]));
  const old = before?.columns ?? [];
  const kept = old.map((column) => (column.active && types.get(column.key) !== column.type ? { ...column, active: false } : column));
  const present = new Set(kept.filter((column) => column.active).map((column) => column.key));
  const generation =
    before === null
      ? 1
      : Math.max(1, ...before.columns.map((column) => column.generation), ...before.fullText.map((one) => one.generation)) + 1;
  let number = Math.max(0, ...old.map((column) => column.number));
  const fresh: LogColumn[] = [];
  for (const [key, config] of wanted) {
    // Beyond the last number a key stays in `rest`, where it is still found.
    if (present.has(key) || number >= MAX_COLUMNS) continue;
    number++;
    const nature = sample.nature(key);
    fresh.push({
      key,
      name: `f_${number}`,
      number,
      type: config.type,
      lowCardinality: config.type === 'text' && nature.lowCardinality,
      fullText: forProfile(nature.fullText, info.profile),
      generation,
      active: true,
    });
  }
  return fresh.length === 0 && kept.every((column, i) => column === old[i]) && before !== null ? before.columns : [...kept, ...fresh];
}

function judgeColumn(column: LogColumn, profile: LogstoreInfo['profile'], sample: TokenSample): LogColumn {
  if (!column.active) return { ...column, fullText: forProfile(column.fullText, profile) };
  const nature = sample.nature(column.key);
  // Of a key that has not come yet nothing is known: it stays as it was.
  const seen = nature.tokensPerLog > 0;
  return {
    ...column,
    lowCardinality: column.type === 'text' && (seen ? nature.lowCardinality : column.lowCardinality),
    fullText: forProfile(seen ? nature.fullText : column.fullText, profile),
  };
}

function forProfile(nature: 'A' | 'B', profile: LogstoreInfo['profile']): 'A' | 'B' {
  return profile === 'search' ? 'A' : profile === 'compact' ? 'B' : nature;
}

/** Generations in their order: those of columns, and the first, which covers `rest`, even without any column. */
function generationsOf(columns: readonly LogColumn[], before: LogTable | null, indexed: boolean): readonly number[] {
  if (!indexed) return [];
  const found = new Set([...(before?.fullText ?? []).map((one) => one.generation), ...columns.map((column) => column.generation)]);
  if (found.size === 0) found.add(before === null ? 1 : 2);
  return [...found].toSorted((a, b) => a - b);
}

function expressions(generation: number, columns: readonly LogColumn[], rest: 'A' | 'B' | null): FullTextGeneration {
  const of = (fullText: 'A' | 'B'): string | null => {
    const parts = columns.filter((column) => column.generation === generation && column.fullText === fullText).map(searchText);
    if (rest === fullText) parts.push(REST_TEXT);
    return parts.length === 0 ? null : `lower(concatWithSeparator('\\n', ${parts.join(', ')}))`;
  };
  return { generation, textExpr: of('A'), bloomExpr: of('B') };
}

/** Bytes of a bloom filter for this many tokens a log, a power of two; 4 kB serve a column of mostly empty values, 1 MB a whole document per log. */
function bloomSize(tokensPerLog: number): number {
  const bytes = (Math.max(1, tokensPerLog) * GRANULE_ROWS * BITS_PER_TOKEN) / 8;
  return 2 ** Math.min(20, Math.max(12, Math.ceil(Math.log2(bytes))));
}

function sameLayout(a: LogTable, b: LogTable): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
