import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '../../core/clock.ts';
import { quietContext, type RunContext } from '../../core/context.ts';
import { quoted, classTable } from '../../standardize/class-table.ts';
import { readyClassTables } from '../../standardize/class-tables-ready.ts';
import { RuleGaps } from '../../standardize/gaps.ts';
import { TestEngine } from '../../standardize/testing/engine.ts';
import { EngineStore } from '../../standardize/testing/engine-store.ts';
import { openSqliteState } from '../../state/sqlite/sqlite-state.ts';
import type { State } from '../../state/state.ts';
import type { ShardRange } from '../../stream/stream.ts';
import { Correlator } from '../correlate.ts';
import { DetectEngine } from '../detect-engine.ts';
import { DetectStep } from '../detect-step.ts';
import { DetectionRegistry } from '../detection-registry.ts';
import { columnsOf, type GivenEvent } from '../given-events.ts';
import type { Hit, HitSink } from '../hit.ts';
import type { DetectionRule } from '../rule-text.ts';
import { Sweeps } from '../sweeps.ts';

export const TEST_LIMITS = { maxSec: 60, maxMemoryBytes: 2 ** 31, maxResultRows: 100_000 };

/** Keeps hits as alerts would: by uid, a correlation's replaced by one that counts more. `fail` lets a test refuse them. */
export class HitList implements HitSink {
  readonly hits = new Map<string, Hit>();
  accepted = 0;
  fail: Error | null = null;

  accept(hits: readonly Hit[]): Promise<void> {
    if (this.fail !== null) return Promise.reject(this.fail);
    for (const hit of hits) {
      const known = this.hits.get(hit.uid);
      if (known === undefined || hit.count > known.count) this.hits.set(hit.uid, hit);
    }
    this.accepted += hits.length;
    return Promise.resolve();
  }

  of(rule: string): readonly Hit[] {
    return [...this.hits.values()].filter((hit) => hit.ruleId === rule);
  }
}

/** Detection over the real engine and a real state, in a temporary folder. */
export interface DetectSetup {
  readonly ctx: RunContext;
  readonly clock: FakeClock;
  readonly state: State;
  readonly engine: TestEngine;
  readonly store: EngineStore;
  readonly registry: DetectionRegistry;
  readonly gaps: RuleGaps;
  readonly correlator: Correlator;
  readonly detectEngine: DetectEngine;
  readonly sink: HitList;
  readonly step: DetectStep;
  /** Another step over the same state and store, as after a restart. */
  restarted(): DetectStep;
  /** Writes events as standardization would, one log (cursor) each, and answers their range. Time and receipt are the event's. */
  write(events: readonly GivenEvent[], at?: { readonly logstore?: number; readonly shard?: number }): ShardRange;
  close(): Promise<void>;
}

export async function detectSetup(rules: readonly DetectionRule[], nowMs: number): Promise<DetectSetup> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-detect-'));
  const clock = new FakeClock(nowMs);
  const ctx = quietContext(clock);
  const state = await openSqliteState(folder, ctx);
  const engine = new TestEngine();
  const store = new EngineStore(engine);
  await readyClassTables(store, 3650, ctx);
  const registry = await DetectionRegistry.open({ state, builtIn: rules, refreshMs: 0 }, ctx);
  const gaps = new RuleGaps(state, 'detection_gaps');
  const correlator = new Correlator({ store, limits: TEST_LIMITS, latenessSec: 900, evidence: 20 });
  await correlator.ready(ctx);
  const detectEngine = new DetectEngine({ store, limits: TEST_LIMITS, chunkRules: 50 });
  const sink = new HitList();
  const makeStep = (): DetectStep =>
    new DetectStep({
      store,
      rules: registry,
      engine: detectEngine,
      correlator,
      gaps,
      sweeps: new Sweeps(state, 900),
      sink,
      limits: TEST_LIMITS,
    });
  const cursors = new Map<string, number>();
  return {
    ctx,
    clock,
    state,
    engine,
    store,
    registry,
    gaps,
    correlator,
    detectEngine,
    sink,
    step: makeStep(),
    restarted: makeStep,
    write(events, { logstore = 1, shard = 0 } = {}) {
      const from = cursors.get(`${logstore}/${shard}`) ?? 100;
      cursors.set(`${logstore}/${shard}`, from + events.length);
      const rows = new Map<number, string[]>();
      for (const [index, event] of events.entries()) {
        const classUid = Number(event['class_uid']);
        const table = classTable(classUid);
        const time = Number(event['time'] ?? nowMs);
        const own = {
          ...columnsOf(table, { ...event, time }),
          logstore,
          shard,
          cursor: String(from + index),
          idx: 0,
          rule: 'test',
          revision: 1,
          received: new Date(time).toISOString().replace('T', ' ').replace('Z', ''),
          class_uid: classUid,
        };
        const named = Object.fromEntries(
          Object.entries(own).map(([path, value]) => [table.columns.find((column) => column.path === path)?.column ?? path, value]),
        );
        rows.set(classUid, [...(rows.get(classUid) ?? []), JSON.stringify(named)]);
      }
      for (const [classUid, lines] of rows) {
        const names = classTable(classUid).columns.map((column) => quoted(column.column));
        engine.run(`INSERT INTO ocsf_${classUid} (${names.join(', ')}) FORMAT JSONEachRow ${lines.join('\n')}`);
      }
      return { at: { logstore, shard }, from: BigInt(from), to: BigInt(from + events.length) };
    },
    async close() {
      await state.close();
      engine.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
