import { takeHits, type TakenHits } from '../alerts/take-hits.ts';
import { severityWord } from '../alerts/severity.ts';
import type { Settings } from '../config/settings.ts';
import type { RunContext } from '../core/context.ts';
import type { Hit, HitSink } from '../detect/hit.ts';
import type { State } from '../state/state.ts';
import { SEVERITIES } from '../api/rest/contract/base.ts';
import { chunks } from '../alerts/alert-rows.ts';
import type { BuildReport } from './build-report.ts';
import type { EventBuilder } from './event-builder.ts';

export interface AlertPipelineParts {
  readonly state: State;
  readonly settings: Settings['alerts'];
  readonly builder: EventBuilder;
}

/**
 * Hits → alerts → security events. What a batch of hits does to alerts and events is one transaction: after a crash either all of it is there or nothing, and the same hits again
 * change nothing. So the step that found them may move its watermark as soon as `accept` has resolved, and never before.
 */
export class AlertPipeline implements HitSink {
  readonly #parts: AlertPipelineParts;

  constructor(parts: AlertPipelineParts) {
    this.#parts = parts;
  }

  async accept(hits: readonly Hit[], ctx: RunContext): Promise<void> {
    if (hits.length === 0) return;
    const { state, settings, builder } = this.#parts;
    const limits = { evidence: settings.evidence, entities: settings.entities };
    let moved = false;
    for (const some of chunks(hits, settings.batchHits)) {
      const nowMs = ctx.clock.nowMs();
      const { taken, report } = await state.transact(async (db) => {
        const taken = await takeHits(db, some, nowMs, limits);
        return { taken, report: await builder.take(db, taken.changed, nowMs) };
      }, ctx);
      count(taken, report, ctx);
      moved ||= taken.changed.length > 0;
    }
    if (moved) await this.gauge(ctx);
  }

  /** Open events by severity. */
  async gauge(ctx: RunContext): Promise<void> {
    const rows = await this.#parts.state.read(
      (db) =>
        db
          .selectFrom('security_events')
          .select((e) => ['severity', e.fn.countAll<number>().as('events')])
          .where('status', '!=', 'closed')
          .where('merged_into', 'is', null)
          .groupBy('severity')
          .execute(),
      ctx,
    );
    const open = new Map(rows.map((row) => [severityWord(row.severity), row.events]));
    for (const severity of SEVERITIES) ctx.metrics.gauge('sluice_events_open', { severity }, open.get(severity) ?? 0);
  }
}

/** After the transaction: it may run more than once. */
function count(taken: TakenHits, report: BuildReport, ctx: RunContext): void {
  const { metrics } = ctx;
  for (const [outcome, hits] of Object.entries(taken.outcomes)) if (hits > 0) metrics.count('sluice_alerts_hits_total', { outcome }, hits);
  for (const [what, parts] of Object.entries(taken.trimmed)) if (parts > 0) metrics.count('sluice_alerts_trimmed_total', { what }, parts);
  for (const { alert, before } of taken.changed)
    if (before === null) metrics.count('sluice_alerts_raised_total', { severity: severityWord(alert.severityId) });
  for (const change of ['created', 'merged', 'reopened', 'split', 'suppressed'] as const)
    if (report[change] > 0) metrics.count('sluice_events_changes_total', { change }, report[change]);
  if (report.largestGroup > 0) metrics.gauge('sluice_events_largest_group', {}, report.largestGroup);
}
