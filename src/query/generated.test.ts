import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompileInput } from './compile.ts';
import type { Outcome } from './testing/compile-worker.ts';
import { generatedText } from './testing/generated-text.ts';
import { openTestEngine, type TestEngine } from './testing/engine.ts';
import { fillTable, index, key, tableFor } from './testing/log-store.ts';
import { prestoCases } from './testing/presto-cases.ts';

/** `SLUICE_GENERATED_TEXTS=1000000 npm test -- src/query/generated` is the long run; a failure names the seed to repeat it with. */
const TEXTS = Number(process.env['SLUICE_GENERATED_TEXTS'] ?? 20_000);
const SEED = Number(process.env['SLUICE_GENERATED_SEED'] ?? 1);
const BATCH = 500;
/** A text that takes this long hangs: five orders of magnitude above the usual, whatever else the machine does. */
const HANG_MS = 30_000;
/** Every so many texts the statement is run, too; the others are only parsed by the engine. */
const RUN_EACH = 40;

const CONFIG = index({
  status: key({ type: 'long' }),
  rt: key({ type: 'double' }),
  msg: key(),
  user: key({ token: [] }),
  info: key({ type: 'json', indexAll: true }),
});
const INPUT: CompileInput = {
  table: tableFor(1, CONFIG),
  logstore: 1,
  index: CONFIG,
  bounds: null,
  timeZone: 'UTC',
  nowMs: 0,
  line: 100,
  offset: 0,
  reverse: false,
  scan: false,
  maxRows: 1_000_000,
};

/** Numbers of the engine for a text it cannot read. */
const SYNTAX_ERRORS = new Set([62]);
/** And for types, names or arguments that do not fit: a compiler of ours must not make them either. */
const OUR_FAULT = new Set([...SYNTAX_ERRORS, 46, 47, 36, 42, 43, 44, 49, 53, 179, 184, 215, 386, 403, 456, 457]);

const corpus = [
  ...readFileSync(new URL('testdata/sls-query-cases.jsonl', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { query: string }).query),
  ...prestoCases().map((one) => `* | ${one.sql}`),
];

describe(`generated texts, seed ${SEED}`, () => {
  let engine: TestEngine;
  let worker: Worker;
  const at = new Int32Array(new SharedArrayBuffer(4));
  beforeAll(() => {
    engine = openTestEngine();
    const fields = { status: '200', msg: 'a b', user: 'u', info: '{"a":1}' };
    const log = { timeSec: 1_700_000_000, timeNsPart: 0, fields };
    fillTable(engine, INPUT.table!, [{ topic: 't', source: 's', tags: { k: 'v' }, logs: [log] }]);
    worker = new Worker(new URL('testing/compile-worker.ts', import.meta.url), { workerData: { input: INPUT, at } });
  });
  afterAll(async () => {
    await worker.terminate();
    engine.close();
  });

  const compiled = (texts: readonly string[]): Promise<readonly Outcome[]> =>
    new Promise((resolve, reject) => {
      let seen = -1;
      const done = (): void => {
        clearInterval(watch);
        worker.off('message', answered);
        worker.off('error', died);
      };
      const answered = (outcomes: readonly Outcome[]): void => {
        done();
        resolve(outcomes);
      };
      const died = (error: unknown): void => {
        done();
        reject(new Error(`the compiler died at ${JSON.stringify(texts[Atomics.load(at, 0)])}`, { cause: error }));
      };
      const watch = setInterval(() => {
        const place = Atomics.load(at, 0);
        if (place === seen) {
          done();
          reject(new Error(`no end in sight (seed ${SEED}): ${JSON.stringify(texts[place])}`));
        }
        seen = place;
      }, HANG_MS);
      worker.on('message', answered);
      worker.on('error', died);
      worker.postMessage(texts);
    });

  const engineFault = (sql: NonNullable<Outcome['sql']>, faults: ReadonlySet<number>): string | null => {
    try {
      engine.query(sql);
      return null;
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      const code = Number(/Code: (\d+)/.exec(message)?.[1] ?? -1);
      return code === -1 || faults.has(code) ? message.slice(0, 400) : null;
    }
  };

  it(
    `${TEXTS} of them are refused with their place or become a statement the engine reads`,
    async () => {
      const faults: string[] = [];
      const figures = { texts: 0, statements: 0, run: 0, slowestMs: 0, slowest: '' };
      for (let batch = 0; batch * BATCH < TEXTS; batch++) {
        const texts = fc.sample(generatedText(corpus), { numRuns: Math.min(BATCH, TEXTS - batch * BATCH), seed: SEED * 1_000_003 + batch });
        for (const { text, sql, fault, ms } of await compiled(texts)) {
          figures.texts++;
          if (ms > figures.slowestMs) Object.assign(figures, { slowestMs: ms, slowest: text });
          let found = fault;
          if (sql !== null) {
            figures.statements++;
            found ??= engineFault({ text: `EXPLAIN AST ${sql.text}`, params: sql.params }, SYNTAX_ERRORS);
            if (found === null && figures.statements % RUN_EACH === 0) {
              figures.run++;
              found = engineFault(sql, OUR_FAULT);
            }
          }
          if (found !== null) faults.push(`${JSON.stringify(text)}\n  ${found}`);
        }
        if (faults.length > 20) break;
      }
      process.stdout.write(`generated texts, seed ${SEED}: ${JSON.stringify(figures)}\n`);
      expect(faults).toEqual([]);
    },
    Math.max(300_000, TEXTS * 20),
  );
});
