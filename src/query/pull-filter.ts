import type { LogstoreInfo } from '../control/catalog.ts';
import { decompress } from '../core/codec.ts';
import type { RunContext } from '../core/context.ts';
import { SluiceError, asSluiceError } from '../core/errors.ts';
import { GroupBuilder } from '../core/group-builder.ts';
import { cutGroup } from '../core/group-cut.ts';
import type { LogTable } from '../store/log-table.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import type { StreamGroup, StreamPage } from '../stream/stream.ts';
import { logCatalog } from './catalog/log-catalog.ts';
import { agg, col, raw, type Ch, type ChQuery } from './clickhouse/ch.ts';
import { printQuery } from './clickhouse/print.ts';
import { compileSpl, type CompiledSelect } from './compile-spl.ts';
import type { FilteredGroups, Freshness, PullFilter } from './queries.ts';
import { valueError } from './result/engine-error.ts';
import { plainText } from './result/plain-text.ts';
import type { LogTables } from './run-queries.ts';
import { parseSpl } from './syntax/spl/parse-spl.ts';

export interface PullFilterSettings {
  /** Of SQL's date functions. */
  readonly timeZone: string;
  readonly maxSec: number;
  readonly maxMemoryBytes: number;
  /** How long a pull waits until what it read is in the store. */
  readonly flushWaitMs: number;
}

/** Rows of one page at most: 1,000 groups of 4,096 logs. */
const MAX_ROWS = 4_096_000;

const TAG = '__tag__:';

/**
 * SPL on a pull, evaluated by the store over the rows of the groups that were read. A program that only filters answers the very bytes of the logs
 * that pass; one that makes or drops fields answers new logs with the old times.
 */
export class StorePullFilter implements PullFilter {
  readonly #store: Pick<Store, 'query'>;
  readonly #tables: LogTables;
  readonly #freshness: Freshness;
  readonly #settings: PullFilterSettings;

  constructor(store: Pick<Store, 'query'>, tables: LogTables, freshness: Freshness, settings: PullFilterSettings) {
    this.#store = store;
    this.#tables = tables;
    this.#freshness = freshness;
    this.#settings = settings;
  }

  /** @throws query.* when the program does not compile; store.unavailable when the store is too far behind the pull */
  async filter(query: string, logstore: LogstoreInfo, shard: number, page: StreamPage, ctx: RunContext): Promise<FilteredGroups> {
    const onlyFilters = parseSpl(query).pipeline.commands.every((command) => command.k === 'where');
    const groups = page.groups;
    const rawLines = groups.reduce((sum, group) => sum + group.logs, 0);
    if (groups.length > 0 && !(await this.#freshness.flush([logstore.id], this.#settings.flushWaitMs, ctx)))
      throw new SluiceError('store.unavailable', `the store has not caught up with the pull of ${logstore.project}/${logstore.name}`, {
        waitMs: this.#settings.flushWaitMs,
      });
    const table = this.#tables.table(logstore.id);
    if (table === null) {
      if (groups.length > 0)
        throw new SluiceError('store.unavailable', `logstore ${logstore.name} has no table yet`, { logstore: logstore.id });
      return { groups: [], rawLines: 0, resultLines: 0, failedLines: 0 };
    }
    const select = this.#compile(query, table, logstore, shard, page, onlyFilters, ctx);
    if (groups.length === 0) return { groups: [], rawLines: 0, resultLines: 0, failedLines: 0 };
    const filtered = onlyFilters ? await this.#cut(select, page, ctx) : await this.#remake(select, page, ctx);
    return { groups: filtered, rawLines, resultLines: filtered.reduce((sum, group) => sum + group.logs, 0), failedLines: 0 };
  }

  #compile(
    query: string,
    table: LogTable,
    logstore: LogstoreInfo,
    shard: number,
    page: StreamPage,
    onlyFilters: boolean,
    ctx: RunContext,
  ): CompiledSelect {
    const param = (type: string, value: string): Ch => ({ t: 'param', type, value });
    const where = [
      raw('(shard = ', param('UInt32', String(shard)), ')'),
      raw('(cursor >= ', param('UInt64', String(page.first)), ')'),
      raw('(cursor < ', param('UInt64', String(page.next)), ')'),
    ];
    return compileSpl(query, logCatalog(table, logstore.index, { where: null }), {
      timeZone: this.#settings.timeZone,
      nowMs: ctx.clock.nowMs(),
      context: 'row',
      carry: ['cursor', 'idx', 'time'],
      where,
      ...(onlyFilters ? { outputs: [] } : {}),
    });
  }

  /** One row per group that has logs left: which of them. */
  async #cut(select: CompiledSelect, page: StreamPage, ctx: RunContext): Promise<readonly StreamGroup[]> {
    const statement: ChQuery = {
      t: 'select',
      columns: [
        { as: 'c', ch: raw('toString(cursor)') },
        { as: 'i', ch: agg('groupArray', [col('idx')]) },
      ],
      from: { t: 'sub', of: select.query, as: 'p' },
      group: [col('cursor')],
    };
    const rows = await this.#run(statement, ctx);
    const kept = new Map(rows.map(([cursor, indexes]) => [String(cursor), indexes as readonly number[]]));
    const out: StreamGroup[] = [];
    for (const [i, group] of page.groups.entries()) {
      const keep = kept.get(String(page.first + BigInt(i)));
      if (keep === undefined) continue;
      if (keep.length === group.logs) out.push(group);
      else {
        const bytes = cutGroup(
          decompress(group.codec, group.bytes, group.rawBytes),
          keep.toSorted((a, b) => a - b),
        );
        out.push({ bytes, codec: 'none', rawBytes: bytes.length, logs: keep.length, receivedMs: group.receivedMs });
      }
    }
    return out;
  }

  /** Logs made anew of the program's fields; those of one group with the same topic, source and tags stay together. */
  async #remake(select: CompiledSelect, page: StreamPage, ctx: RunContext): Promise<readonly StreamGroup[]> {
    const statement: ChQuery = {
      t: 'select',
      columns: [
        { as: 'c', ch: raw('toString(cursor)') },
        { as: 's', ch: raw('toString(toUnixTimestamp(time))') },
        { as: 'n', ch: raw('toUInt32(toUnixTimestamp64Nano(time) % 1000000000)') },
        ...select.columns.slice(3).map((column, i) => ({ as: `v${i}`, ch: col(column.as) })),
      ],
      from: { t: 'sub', of: select.query, as: 'p' },
      order: ['cursor', 'idx'].map((name) => ({ by: col(name), desc: false, nullsFirst: false })),
    };
    const rows = await this.#run(statement, ctx);
    const names = select.columns.slice(3).map((column) => column.name);
    const builder = new GroupBuilder();
    const out: StreamGroup[] = [];
    let open: { readonly cursor: string; readonly meta: string; readonly fields: readonly (readonly [string, string])[] } | null = null;
    const close = (): void => {
      if (open === null) return;
      for (const [name, value] of open.fields) {
        if (name === '__topic__') builder.topic(value);
        else if (name === '__source__') builder.source(value);
        else builder.tag(name.slice(TAG.length), value);
      }
      const bytes = builder.finish();
      const receivedMs = page.groups[Number(BigInt(open.cursor) - page.first)]?.receivedMs ?? 0;
      out.push({ bytes, codec: 'none', rawBytes: bytes.length, logs: builder.logs, receivedMs });
      open = null;
    };
    for (const row of rows) {
      const fields = select.fields === null ? Object.entries(row[3] as Record<string, string>) : namedFields(names, row.slice(3));
      const own = fields.filter(([name]) => isMeta(name));
      const cursor = String(row[0]);
      const meta = JSON.stringify(own);
      if (open === null || open.cursor !== cursor || open.meta !== meta) {
        close();
        open = { cursor, meta, fields: own };
        builder.begin();
      }
      // A time that the program set is whole seconds; one it left alone keeps its nanoseconds.
      const set = Number(fields.find(([name]) => name === '__time__')?.[1] ?? row[1]);
      const whole = Number.isInteger(set) && set >= 0 && set <= 0xffff_ffff ? set : Number(row[1]);
      const nanos = whole === Number(row[1]) ? Number(row[2]) : 0;
      builder.beginLog(whole, nanos === 0 ? null : nanos);
      for (const [name, value] of fields)
        if (!isMeta(name) && name !== '__time__' && name !== '__time_ns_part__') builder.field(name, value);
      builder.endLog();
    }
    close();
    return out;
  }

  async #run(statement: ChQuery, ctx: RunContext): Promise<readonly (readonly unknown[])[]> {
    const { maxSec, maxMemoryBytes } = this.#settings;
    // A page that is not filtered whole must not move a cursor: over a limit is an error.
    const limits: QueryLimits = { maxSec, maxMemoryBytes, maxResultRows: MAX_ROWS, overflow: 'throw' };
    try {
      return (await this.#store.query(printQuery(statement, this.#settings.timeZone), 'background', limits, ctx)).rows;
    } catch (thrown) {
      throw valueError(asSluiceError(thrown, 'store.query'));
    }
  }
}

/** What belongs to the group, not to a log of it. */
const isMeta = (name: string): boolean => name === '__topic__' || name === '__source__' || name.startsWith(TAG);

/** Absent (NULL) fields are left out, as a log without them has it. */
function namedFields(names: readonly string[], values: readonly unknown[]): (readonly [string, string])[] {
  return names.flatMap((name, i): (readonly [string, string])[] => {
    const value = values[i];
    return value === null || value === undefined ? [] : [[name, plainText(value)]];
  });
}
