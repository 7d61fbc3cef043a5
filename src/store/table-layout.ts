import type { LogstoreInfo } from '../control/catalog.ts';
import { isFixedKey, logTableName, MAX_COLUMNS, searchText, type FullTextGeneration, type LogColumn, type LogTable } from './log-table.ts';
import type { TokenSample } from './token-sample.ts';

/** A layout with what only its table's declaration needs. */
export interface StoredLayout {
  readonly table: LogTable;
  /** Generation → bytes of its bloom filter per granule. */
  readonly bloomBytes: Readonly<Record<string, number>>;
  /**
   * Generations up to here are settled: their columns were judged by enough logs and stay as they are, for judging again would rebuild their indexes over all there is.
   */
  readonly settledThrough: number;
}

/** False: some columns were judged by too few logs, and are judged again. */
export function isSettled({ table, settledThrough }: StoredLayout): boolean {
  return latestGeneration(table) <= settledThrough;
}

function latestGeneration(table: LogTable): number {
  return Math.max(1, ...table.columns.map((column) => column.generation), ...table.fullText.map((one) => one.generation));
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
  const newProfile = before !== null && before.profile !== info.profile;
  const grown = before === null || columns !== before.columns || (indexed && before.fullText.length === 0);
  const judging = current !== null && !isSettled(current) && sample.settled;
  if (current !== null && !grown && !newProfile && !judging && current.table.ttlDays === info.ttlDays) return current;

  // Columns beyond this generation may change their nature.
  const keepThrough = newProfile ? 0 : (current?.settledThrough ?? 0);
  const judged = columns.map((column) =>
    newProfile || judging ? judge(column, column.generation > keepThrough, info.profile, sample) : column,
  );
  const generations = generationsOf(judged, before, indexed);
  const restKeys = new Set(judged.filter((column) => column.active).map((column) => column.key));
  const restNature = sample.natureOf((key) => !restKeys.has(key));
  const first = generations[0] ?? 1;
  const judgeRest = before === null || before.fullText.length === 0 || ((newProfile || judging) && first > keepThrough);
  const restFullText = judgeRest ? forProfile(restNature.fullText, info.profile) : before.restFullText;
  const bloomBytes: Record<string, number> = {};
  for (const generation of generations) {
    const known = current?.bloomBytes[String(generation)];
    const own = judged.filter((column) => column.generation === generation && column.fullText === 'B');
    const tokens =
      own.reduce((sum, column) => sum + sample.nature(column.key).tokensPerLog, 0) +
      (generation === first && restFullText === 'B' ? restNature.tokensPerLog : 0);
    bloomBytes[String(generation)] = known !== undefined && (generation <= keepThrough || !judging) ? known : bloomSize(tokens);
  }
  const table: LogTable = {
    logstore: info.id,
    table: logTableName(info.id),
    version: (before?.version ?? 0) + 1,
    columns: judged,
    fullText: generations.map((generation) => expressions(generation, judged, generation === first ? restFullText : null)),
    restFullText,
    profile: info.profile,
    ttlDays: info.ttlDays,
  };
  return { table, bloomBytes, settledThrough: sample.settled ? latestGeneration(table) : keepThrough };
}

/** Columns for the configured keys; the array itself when nothing changes. */
function planColumns(before: LogTable | null, info: LogstoreInfo, sample: TokenSample): readonly LogColumn[] {
  const wanted = Object.entries(info.index?.keys ?? {}).filter(([key]) => !isFixedKey(key));
  const types = new Map(wanted.map(([key, config]) => [key, config.type]));
  const old = before?.columns ?? [];
  const kept = old.map((column) => (column.active && types.get(column.key) !== column.type ? { ...column, active: false } : column));
  const present = new Set(kept.filter((column) => column.active).map((column) => column.key));
  const generation = before === null ? 1 : latestGeneration(before) + 1;
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

function judge(column: LogColumn, open: boolean, profile: LogstoreInfo['profile'], sample: TokenSample): LogColumn {
  const nature = sample.nature(column.key);
  // Of a key that has not come yet nothing is known: it stays as it was.
  if (!open || !column.active || nature.tokensPerLog === 0) return { ...column, fullText: forProfile(column.fullText, profile) };
  return {
    ...column,
    lowCardinality: column.type === 'text' && nature.lowCardinality,
    fullText: forProfile(nature.fullText, profile),
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
