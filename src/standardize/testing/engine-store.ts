import { SluiceError } from '../../core/errors.ts';
import type { CompiledSql, QueryResult, Store } from '../../store/store.ts';
import type { TestEngine } from './engine.ts';

/** The part of the store that standardization uses, over an engine in the same process. `fail` lets a test break statements. */
export class EngineStore implements Pick<Store, 'command' | 'query'> {
  readonly engine: TestEngine;
  /** Called with each statement before it runs; what it throws is the store's answer. */
  fail: (text: string) => void = () => {};
  readonly statements: string[] = [];

  constructor(engine: TestEngine) {
    this.engine = engine;
  }

  command(sql: CompiledSql): Promise<{ readonly writtenRows: number }> {
    return this.#asked(sql, () => {
      this.engine.run(sql);
      return { writtenRows: 0 };
    });
  }

  query(sql: CompiledSql): Promise<QueryResult> {
    return this.#asked(sql, () => ({ columns: [], rows: this.engine.run(sql), rowsRead: 0, bytesRead: 0, elapsedMs: 0, complete: true }));
  }

  #asked<T>(sql: CompiledSql, run: () => T): Promise<T> {
    this.statements.push(sql.text);
    try {
      this.fail(sql.text);
      return Promise.resolve(run());
    } catch (thrown) {
      if (thrown instanceof SluiceError) return Promise.reject(thrown);
      return Promise.reject(new SluiceError('store.query', thrown instanceof Error ? thrown.message : String(thrown)));
    }
  }
}
