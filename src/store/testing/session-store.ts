import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunContext } from '../../core/context.ts';
import { SluiceError } from '../../core/errors.ts';
import type { CompiledSql, Lane, QueryLimits, QueryResult, Store } from '../store.ts';

interface Session {
  query(sql: string, format?: string): string;
  queryAsync(sql: string, options: { readonly format: string }): Promise<{ bytes(): Uint8Array }>;
  cleanup(): void;
}

/** The port of the store over an engine in the test's own process, for tests that want nothing of the child process. One statement at a time. */
export class SessionStore implements Store {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  readonly #session: Session;
  readonly statements: string[] = [];
  /** Called before each insert and statement; what it throws is the store's answer. */
  before: (what: string) => void = () => {};
  /** Called after each insert; what it throws is the answer although the rows are there. */
  afterInsert: (table: string) => void = () => {};
  inserts = 0;
  #files = 0;

  constructor() {
    const chdb = createRequire(import.meta.url)('chdb') as { Session: new (folder: string) => Session };
    this.#session = new chdb.Session(this.#folder);
    this.#session.query('CREATE DATABASE d ENGINE = Atomic', 'TSV');
    this.#session.query('USE d', 'TSV');
  }

  async insert(table: string, columns: readonly string[], rows: Uint8Array, token: string): Promise<void> {
    this.#refuse(`INSERT ${table}`);
    const types = new Map(
      (await this.#rows(`SELECT name, type FROM system.columns WHERE database = 'd' AND table = '${table}'`)) as [string, string][],
    );
    const file = join(this.#folder, `rows-${++this.#files}.bin`);
    writeFileSync(file, rows);
    // Read as String and cast by blocks: a LowCardinality column read row by row costs a quarter of the whole insert.
    const structure = columns.map((name) => `${name} ${(types.get(name) ?? '').replace('LowCardinality(String)', 'String')}`).join(', ');
    const names = columns.join(', ');
    try {
      await this.#text(
        `INSERT INTO ${table} (${names}) SELECT ${names} FROM file('${file}', 'RowBinary', '${structure.replaceAll("'", "\\'")}')
SETTINGS insert_deduplication_token = '${token}', insert_deduplicate = 1, deduplicate_insert_select = 'enable_even_for_bad_queries', max_insert_threads = 1, max_threads = 1`,
        'TSV',
      );
    } finally {
      rmSync(file);
    }
    this.inserts++;
    this.afterInsert(table);
  }

  async command(sql: CompiledSql): Promise<{ readonly writtenRows: number }> {
    this.#refuse(sql.text);
    await this.#text(statement(sql), 'TSV');
    return { writtenRows: 0 };
  }

  async query(sql: CompiledSql): Promise<QueryResult> {
    this.#refuse(sql.text);
    const rows = await this.#rows(statement(sql));
    return { columns: [], rows, rowsRead: rows.length, bytesRead: 0, elapsedMs: 0, complete: true };
  }

  async *stream(sql: CompiledSql): AsyncIterable<readonly (readonly unknown[])[]> {
    yield (await this.query(sql)).rows;
  }

  async *bytes(sql: CompiledSql, format: string, _lane: Lane, _limits: QueryLimits, _ctx: RunContext): AsyncIterable<Uint8Array> {
    this.#refuse(sql.text);
    yield await this.#ask(statement(sql), format);
  }

  ready(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#session.cleanup();
    rmSync(this.#folder, { recursive: true, force: true });
    return Promise.resolve();
  }

  #refuse(what: string): void {
    this.statements.push(what);
    this.before(what);
  }

  async #rows(text: string): Promise<readonly (readonly unknown[])[]> {
    const answer = await this.#text(text, 'JSONCompactEachRow');
    return answer
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown[]);
  }

  async #text(text: string, format: string): Promise<string> {
    return Buffer.from(await this.#ask(text, format)).toString();
  }

  async #ask(text: string, format: string): Promise<Uint8Array> {
    try {
      const answer = await this.#session.queryAsync(text, { format });
      return answer.bytes();
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      throw new SluiceError('store.query', message, { clickhouseCode: Number(/Code: (\d+)/.exec(message)?.[1]) }, { cause: thrown });
    }
  }
}

/** A session takes no parameters beside the text, so each is written where it stands. */
function statement(sql: CompiledSql): string {
  const text = sql.text.replaceAll(/\{([A-Za-z_][A-Za-z0-9_]*):((?:[^{}']|'[^']*')+)\}/g, (whole, name: string, type: string) =>
    name in sql.params ? `CAST(${valueText(sql.params[name])}, '${type.replaceAll("'", "\\'")}')` : whole,
  );
  const settings = Object.entries({ output_format_json_quote_64bit_integers: 1, ...sql.settings }).map(
    ([name, value]) => `${name} = ${valueText(value)}`,
  );
  return /^\s*(SELECT|INSERT)/i.test(text) ? `${text} SETTINGS ${settings.join(', ')}` : text;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\0', '\\0')}'`;
}
