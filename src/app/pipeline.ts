import type { Settings } from '../config/settings.ts';
import type { RunContext } from '../core/context.ts';
import { Correlator } from '../detect/correlate.ts';
import { DetectEngine } from '../detect/detect-engine.ts';
import { DetectStep } from '../detect/detect-step.ts';
import { DetectionRegistry } from '../detect/detection-registry.ts';
import type { HitSink } from '../detect/hit.ts';
import { loadDetectionRules } from '../detect/rule-files.ts';
import { Sweeps } from '../detect/sweeps.ts';
import { IndexStep } from '../index/index-step.ts';
import { tablesJob } from '../index/tables-job.ts';
import { RangeRunner } from '../jobs/range-runner.ts';
import type { Supervisor } from '../jobs/supervisor.ts';
import { trimJob } from '../jobs/trim-stream.ts';
import { logCatalog } from '../query/catalog/log-catalog.ts';
import { readyClassTables } from '../standardize/class-tables-ready.ts';
import { RuleGaps } from '../standardize/gaps.ts';
import { loadRuleFiles } from '../standardize/rule-files.ts';
import { RuleRegistry } from '../standardize/rule-registry.ts';
import { RuleStatements } from '../standardize/rule-statements.ts';
import { StandardizeStep } from '../standardize/standardize-step.ts';
import { LogTables } from '../store/log-tables.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import type { Foundation } from './foundation.ts';

/** The steps after the stream, and what they know. */
export interface Pipeline {
  readonly runner: RangeRunner;
  readonly tables: LogTables;
  readonly standardization: { readonly registry: RuleRegistry; readonly gaps: RuleGaps; readonly limits: QueryLimits };
  readonly detection: {
    readonly registry: DetectionRegistry;
    readonly gaps: RuleGaps;
    readonly engine: DetectEngine;
    readonly correlator: Correlator;
    readonly limits: QueryLimits;
  };
  /** Names of the steps, in their order. */
  readonly steps: readonly string[];
  /** Gives the jobs to the supervisor. */
  start(supervisor: Supervisor): void;
}

/** What a quiet logstore waits at most in the steps after the index. */
const LATER_STEPS_MAX_DELAY_MS = 10_000;
/** A logstore that has less than this share of a full batch (some 6,000 logs) is quiet. */
const QUIET_FULLNESS = 1 / 16;
const DAY_MS = 86_400_000;
/** Rows that a statement of a step may answer: names, counts and candidates, never logs. */
const STEP_ROWS = 100_000;

/** Opens index → standardize → detect over what there is. @throws store.* state.* rule.invalid */
export async function openPipeline(settings: Settings, base: Foundation, store: Store, sink: HitSink, ctx: RunContext): Promise<Pipeline> {
  const { stream, state, catalog } = base;
  const tables = await LogTables.open(state, store, ctx);
  const index = new IndexStep({ stream, store, tables, catalog, batchBytes: settings.store.batchBytes, parallel: 1 });

  await readyClassTables(store, settings.standardize.retentionDays, ctx);
  const registry = await RuleRegistry.open(state, catalog, await loadRuleFiles(), ctx);
  const gaps = new RuleGaps(state);
  const standardizeLimits = limitsOf(settings.standardize.statementMaxSec, settings.standardize.statementMaxMemoryBytes);

  const detectLimits = limitsOf(settings.detect.statementMaxSec, settings.detect.statementMaxMemoryBytes);
  const { chunkRules, latenessSec, evidence, refreshMs } = settings.detect;
  const detection = await DetectionRegistry.open({ state, builtIn: await loadDetectionRules(), refreshMs }, ctx);
  const detectionGaps = new RuleGaps(state, 'detection_gaps');
  const engine = new DetectEngine({ store, limits: detectLimits, chunkRules });
  const correlator = new Correlator({ store, limits: detectLimits, latenessSec, evidence });
  await correlator.ready(ctx);
  const detect = new DetectStep({
    store,
    rules: detection,
    engine,
    correlator,
    gaps: detectionGaps,
    sweeps: new Sweeps(state, latenessSec),
    sink,
    limits: detectLimits,
    nothingIn: (range) => standardize.nothingIn(range),
  });
  const standardize: StandardizeStep = new StandardizeStep({
    store,
    registry,
    statements: new RuleStatements(catalog, tables, (table) => logCatalog(table, null, { where: null })),
    gaps,
    limits: standardizeLimits,
    refreshMs: settings.standardize.refreshMs,
    late: (range, lateCtx) => detect.late(range, lateCtx),
  });

  const { targetDelayMs, maxDelayMs, quietDelayMs, insertsPerSec, sessions } = settings.store;
  const quiet = {
    maxDelayMs: quietDelayMs,
    belowFullness: QUIET_FULLNESS,
    isAwaited: (logstore: number) => registry.realTime(logstore).length > 0,
  };
  const later = (delayMs: number) => ({ targetDelayMs: delayMs, maxDelayMs: LATER_STEPS_MAX_DELAY_MS, perSec: null });
  const runner = await RangeRunner.open(
    {
      state,
      stream,
      catalog,
      maxGroups: settings.pipeline.rangeGroups,
      maxBytes: settings.pipeline.rangeBytes,
      steps: [
        { step: index, gathering: { targetDelayMs, maxDelayMs, perSec: insertsPerSec, apart: sessions.insert, quiet } },
        { step: standardize, gathering: later(settings.pipeline.standardizeDelayMs) },
        { step: detect, gathering: later(settings.detect.batchMs) },
      ],
    },
    ctx,
  );
  return {
    runner,
    tables,
    standardization: { registry, gaps, limits: standardizeLimits },
    detection: { registry: detection, gaps: detectionGaps, engine, correlator, limits: detectLimits },
    steps: [index.name, standardize.name, detect.name],
    start(supervisor) {
      for (const job of runner.jobs()) supervisor.start(job);
      supervisor.start(tablesJob(tables, catalog, () => index.owns));
      supervisor.start(
        trimJob({
          stream,
          state,
          catalog,
          lowest: (at) => runner.lowest(at),
          retentionMs: settings.stream.retentionHours * 3_600_000,
          retentionBytes: settings.stream.retentionBytes,
          receiptsMs: settings.pipeline.receiptDays * DAY_MS,
        }),
      );
    },
  };
}

function limitsOf(maxSec: number, maxMemoryBytes: number): QueryLimits {
  return { maxSec, maxMemoryBytes, maxResultRows: STEP_ROWS };
}
