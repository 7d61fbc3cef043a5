import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompiledSql } from '../../store/store.ts';

interface Session {
  query(sql: string, format: string): string;
  cleanup(): void;
}

/** The real engine in the test's own process, in a folder of its own: statements with parameters and settings, answers as arrays. For tests of what is compiled. */
export class TestEngine {
  readonly #folder = mkdtempSync(join(tmpdir(), 'sluice-standardize-'));
  readonly #session: Session;

  constructor() {
    const chdb = createRequire(import.meta.url)('chdb') as { Session: new (folder: string) => Session };
    this.#session = new chdb.Session(this.#folder);
    this.#session.query('CREATE DATABASE d ENGINE = Atomic', 'TSV');
    this.#session.query('USE d', 'TSV');
    // Values stand in the text here; in the product they travel beside it.
    this.#session.query('SET max_query_size = 100000000', 'TSV');
  }

  run(sql: CompiledSql | string): readonly (readonly unknown[])[] {
    const text = typeof sql === 'string' ? sql : statement(sql);
    return this.#session
      .query(text, 'JSONCompactEachRow')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown[]);
  }

  close(): void {
    this.#session.cleanup();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** chDB takes no parameters through a session, so each is written where it stands. */
function statement(sql: CompiledSql): string {
  const text = sql.text.replaceAll(/\{([A-Za-z_][A-Za-z0-9_]*):((?:[^{}']|'[^']*')+)\}/g, (whole, name: string, type: string) => {
    if (!(name in sql.params)) return whole;
    return `CAST(${valueText(sql.params[name])}, '${type.replaceAll("'", "\\'")}')`;
  });
  const settings = Object.entries(sql.settings ?? {}).map(([name, value]) => `${name} = ${valueText(value)}`);
  return settings.length === 0 ? text : `${text} SETTINGS ${settings.join(', ')}`;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (value instanceof Map)
    return value.size === 0 ? "CAST(map(), 'Map(String, String)')" : `map(${[...value].flat().map(valueText).join(', ')})`;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\0', '\\0')}'`;
}
