import type { SplPipeline, SplProgram } from './ast/spl.ts';
import type { Span } from './ast/span.ts';
import type { FieldCatalog } from './catalog/field-catalog.ts';
import { col, type Ch, type ChColumn, type ChQuery } from './clickhouse/ch.ts';
import { toColumn } from './clickhouse/to-column.ts';
import type { Diagnostic } from './diagnostic.ts';
import { fail, type Env } from './lower/env.ts';
import { groundLevel, type Level } from './lower/spl/level.ts';
import { applyCommand, type SplContext, type SplSurroundings } from './lower/spl/pipeline.ts';
import type { Val } from './lower/val.ts';
import { parseSpl } from './syntax/spl/parse-spl.ts';
import type { SqlType } from './types/sql-type.ts';

/** A column that the result must have, of a type of the engine (`String`, `Nullable(Int64)`, `Array(String)`, `DateTime64(3, 'UTC')` …). */
export interface SplOutput {
  /** Field of the program. */
  readonly field: string;
  /** Name in the result, a plain identifier of ours (the target table's column). */
  readonly as: string;
  readonly type: string;
}

export interface SplOptions {
  /** IANA name for timestamps without a zone. */
  readonly timeZone: string;
  /** What `now()` answers, ms. */
  readonly nowMs: number;
  /** 'row': only commands that work row by row (consumption, ingest, standardization). */
  readonly context: SplContext;
  /** Names without regard to case, as scan queries have it; default false. */
  readonly fold?: boolean;
  /** Fields have the types of their columns (event tables) instead of text; default false. */
  readonly typed?: boolean;
  /** Columns of the source table that stand first in every result row, unchanged: `shard`, `cursor`, `idx`, `time` … */
  readonly carry?: readonly string[];
  /** Further conditions on the source rows. */
  readonly where?: readonly Ch[];
  /**
   * The result columns after the carried ones. Absent: the program's own columns, or, when its last stage leaves the record open, one column
   * `record` of Map(String, String).
   */
  readonly outputs?: readonly SplOutput[];
  /** Time range of the query, Unix seconds: what `sls_begin_time` and `sls_end_time` of make-series mean; null: not known. */
  readonly range?: { readonly fromSec: number; readonly toSec: number } | null;
  /** The search part before the first pipe as a condition; absent: it must be `*` or empty. */
  readonly search?: (text: string, from: number) => Ch | null;
}

export interface CompiledSelect {
  readonly query: ChQuery;
  /** Carried columns first, then outputs, in the order of the SELECT. `name`: as the program spells it; `as`: in the engine. */
  readonly columns: readonly { readonly name: string; readonly as: string; readonly type: SqlType; readonly nullable: boolean }[];
  /** The fields the program ends with; null: open. */
  readonly fields: readonly string[] | null;
  /** The last stage sorts. */
  readonly ordered: boolean;
  /** A stage after the last aggregation says how many rows there may be. */
  readonly limited: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compiles an SPL program over a catalog to one SELECT.
 *
 * A standardization rule: `printInsert` (clickhouse/print.ts) joins the SELECTs of several logstores into one statement.
 * ```ts
 * const select = compileSpl("* | parse-json content | extend actor_user_name = json_extract_scalar(userIdentity, '$.userName')", logCatalog(table, logstore, bounds), {
 *   timeZone: 'UTC', nowMs: ctx.clock.nowMs(), context: 'row',
 *   carry: ['shard', 'cursor', 'idx'],
 *   outputs: [{ field: 'actor_user_name', as: 'actor_user_name', type: 'String' }, { field: 'severity_id', as: 'severity_id', type: 'Int32' }],
 * });
 * const sql = printInsert('ocsf_3002', ['shard', 'cursor', 'idx', 'actor_user_name', 'severity_id'], [select.query]);
 * await store.command(sql, 'background', limits, ctx);
 * ```
 * A field that an output names and the program never sets reads the log itself; what cannot become the wanted type is NULL, or the type's
 * default where it is not Nullable.
 * @throws query.syntax query.type query.unknown_field query.unknown_function query.refused query.limit
 */
export function compileSpl(
  program: string | SplProgram,
  catalog: FieldCatalog,
  options: SplOptions,
  text = typeof program === 'string' ? program : '',
): CompiledSelect {
  const parsed = typeof program === 'string' ? parseSpl(program) : program;
  const env: Env = { text, language: 'spl', timeZone: options.timeZone, nowMs: options.nowMs, diagnostics: [], subquery: null };
  const datasets = new Map<string, SplPipeline>(parsed.datasets.map((one) => [one.name, one.pipeline]));
  const carry = options.carry ?? [];
  const level = pipelineLevel(parsed.pipeline, { datasets, catalog, env, options, ids: { next: 0 }, pipelines: 0 }, carry, 0);
  const top = level.above();
  const fixed = top.fixed();
  const columns: ChColumn[] = top.carry.map((name) => ({ as: name, ch: col(name) }));
  const described: { name: string; as: string; type: SqlType; nullable: boolean }[] = top.carry.map((name) => ({
    name,
    as: name,
    type: { k: 'varchar' },
    nullable: false,
  }));
  const at = { span: parsed.pipeline.span };
  if (options.outputs !== undefined) {
    for (const output of options.outputs) {
      const v = level.field(output.field);
      columns.push({ as: output.as, ch: toColumn(v, output.type, { env, failing: 'null', span: at.span }) });
      described.push({ name: output.field, as: output.as, type: v?.type ?? { k: 'unknown' }, nullable: v?.nullable ?? true });
    }
  } else if (fixed === null) {
    columns.push({ as: 'record', ch: level.record() });
    described.push({ name: 'record', as: 'record', type: { k: 'map', key: { k: 'varchar' }, value: { k: 'varchar' } }, nullable: false });
  } else {
    for (const [i, name] of fixed.entries()) {
      const v: Val | null = level.field(name);
      if (v === null) continue;
      columns.push({ as: `o${i}`, ch: v.ch });
      described.push({ name, as: `o${i}`, type: v.type, nullable: v.nullable });
    }
  }
  if (columns.length === 0) throw fail(env, 'query.type', at.span, 'the program gives no column');
  const query: ChQuery = { t: 'select', columns, from: { t: 'sub', of: level.query(), as: 's' } };
  return {
    query,
    columns: described,
    fields: fixed,
    ordered: level.order.length > 0,
    limited:
      parsed.pipeline.commands.findLastIndex((one) => one.k === 'limit') >
      parsed.pipeline.commands.findLastIndex((one) => one.k === 'stats' || one.k === 'join' || one.k === 'make-series'),
    diagnostics: env.diagnostics,
  };
}

/** One program on its way to one statement. */
interface Program {
  readonly datasets: ReadonlyMap<string, SplPipeline>;
  readonly catalog: FieldCatalog;
  readonly env: Env;
  readonly options: SplOptions;
  readonly ids: { next: number };
  /** Compiled so far: a dataset is written out wherever it is used. */
  pipelines: number;
}

/** Uses of datasets in one program; each is a scan of the logs. */
const MAX_PIPELINES = 32;

function pipelineLevel(pipeline: SplPipeline, program: Program, carry: readonly string[], depth: number): Level {
  const { env, options } = program;
  const { source } = pipeline;
  if (++program.pipelines > MAX_PIPELINES)
    throw fail(env, 'query.limit', pipeline.span, `datasets are used more than ${MAX_PIPELINES} times`, { limit: 'datasets' });
  const dataset = (name: string, span: Span, keep: readonly string[]): Level => {
    const of = program.datasets.get(name);
    if (of === undefined || depth > 8) throw fail(env, 'query.unknown_field', span, `dataset '$${name}' is not defined`, { field: name });
    return pipelineLevel(of, program, keep, depth + 1);
  };
  let level: Level;
  if (source.k === 'dataset') level = dataset(source.name, source.span, carry);
  else {
    const where: Ch[] = [...(options.where ?? [])];
    if (source.text !== '' && source.text !== '*') {
      if (options.search === undefined) {
        throw fail(env, 'query.refused', source.span, 'only * can stand before the first pipe here', {
          reason: 'no index search',
          expected: '*',
        });
      }
      const test = options.search(source.text, source.span.from);
      if (test !== null) where.push(test);
    }
    level = groundLevel(program.catalog, { typed: options.typed ?? false, fold: options.fold ?? false, carry, where, ids: program.ids });
  }
  const around: SplSurroundings = {
    range: options.range ?? null,
    own: source.k === 'dataset' ? source.name : null,
    dataset: (name, span) => dataset(name, span, []),
  };
  for (const command of pipeline.commands) level = applyCommand(level, command, env, options.context, around);
  return level;
}
