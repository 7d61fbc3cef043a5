import { parentPort, workerData } from 'node:worker_threads';
import { SluiceError } from '../../core/errors.ts';
import { compile, type CompileInput } from '../compile.ts';
import type { CompiledSql } from '../../store/store.ts';

/** What became of one text: a statement, a refusal (`query.*` with a place in the text), or something that must not happen. */
export interface Outcome {
  readonly text: string;
  readonly sql: CompiledSql | null;
  readonly fault: string | null;
  readonly ms: number;
}

/**
 * Compiles texts in a thread of its own, so that another can see when one of them never ends: `at` holds the place of the text being compiled.
 * `workerData`: `{ input, at }`; messages: lists of texts; answers: lists of outcomes.
 */
const { input, at } = workerData as { readonly input: CompileInput; readonly at: Int32Array };

function outcome(text: string): Outcome {
  const begun = performance.now();
  let sql: CompiledSql | null = null;
  let fault: string | null = null;
  try {
    sql = compile(text, input).sql;
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) fault = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    else if (!thrown.code.startsWith('query.')) fault = `${thrown.code}: ${thrown.message}`;
    else if (typeof thrown.details['line'] !== 'number') fault = `no place in the text: ${thrown.code}: ${thrown.message}`;
  }
  return { text, sql, fault, ms: performance.now() - begun };
}

parentPort?.on('message', (texts: readonly string[]) => {
  const outcomes = texts.map((text, place) => {
    Atomics.store(at, 0, place);
    return outcome(text);
  });
  parentPort?.postMessage(outcomes);
});
