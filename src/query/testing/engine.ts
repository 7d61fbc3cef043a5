import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainText } from '../result/plain-text.ts';
import type { CompiledSql } from '../../store/store.ts';

interface Session {
  query(sql: string, format: string): string;
  queryBind(sql: string, params: object, format: string): string;
  cleanup(): void;
}

/** The embedded engine in this process, for tests of the compiler only: the product goes through `store/chdb`. */
export interface TestEngine {
  run(sql: string): void;
  insert(table: string, rows: readonly object[]): void;
  /** Column names, types and rows as the engine's JSON gives them. */
  query(sql: CompiledSql): { columns: { name: string; type: string }[]; rows: unknown[][] };
  close(): void;
}

export function openTestEngine(): TestEngine {
  const chdb = createRequire(import.meta.url)('chdb') as { Session: new (path: string) => Session };
  const folder = mkdtempSync(join(tmpdir(), 'query-test-'));
  const session = new chdb.Session(folder);
  const query = (sql: CompiledSql): { columns: { name: string; type: string }[]; rows: unknown[][] } => {
    const settings = Object.entries({ ...sql.settings, output_format_json_quote_64bit_integers: 1 }).map(
      ([key, value]) => `${key} = ${typeof value === 'number' ? String(value) : `'${String(value)}'`}`,
    );
    // Settings of the session instead of a clause: that cannot follow every statement.
    session.query(`SET ${settings.join(', ')}`, 'TSV');
    const answer = session.query(substitute(sql.text, sql.params), 'JSONCompact');
    if (answer.trim() === '') return { columns: [], rows: [] };
    const parsed = JSON.parse(answer) as { meta: { name: string; type: string }[]; data: unknown[][] };
    return { columns: parsed.meta, rows: parsed.data };
  };
  return {
    run: (sql) => void session.query(sql, 'TSV'),
    insert(table, rows) {
      session.query("SET date_time_input_format = 'best_effort'", 'TSV');
      session.query(`INSERT INTO ${table} FORMAT JSONEachRow ${rows.map((row) => JSON.stringify(row)).join('\n')}`, 'TSV');
    },
    query,
    close() {
      session.cleanup();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Parameters written as the server substitutes them: `_CAST('text', 'Type')`. */
function substitute(text: string, params: Readonly<Record<string, unknown>>): string {
  return text.replaceAll(
    /\{(p\d+):((?:[^{}'"]|'[^']*')+)\}/g,
    (_, name: string, type: string) => `_CAST(${quote(serialize(params[name], false))}, ${quote(type)})`,
  );
}

const quote = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\0', '\\0')}'`;

function serialize(value: unknown, inside: boolean): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'string') return inside ? quote(value) : value;
  if (Array.isArray(value)) return `[${value.map((one) => serialize(one, true)).join(', ')}]`;
  if (value instanceof Map) return `{${[...value].map(([k, v]) => `${serialize(k, true)}: ${serialize(v, true)}`).join(', ')}}`;
  return plainText(value);
}
