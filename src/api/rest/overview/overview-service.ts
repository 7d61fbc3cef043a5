import { statfs } from 'node:fs/promises';
import type { Catalog, LogstoreInfo } from '../../../control/catalog.ts';
import { asSluiceError } from '../../../core/errors.ts';
import type { RunContext } from '../../../core/context.ts';
import type { Supervisor } from '../../../jobs/supervisor.ts';
import type { Store } from '../../../store/store.ts';
import type { SeverityCounts } from '../contract/base.ts';
import type { LogstoreFreshness, OverviewBody, StepFreshness } from '../contract/overview.ts';
import type {
  AlertsService,
  ConsumerGroupsService,
  GeneratedPassword,
  OverviewService,
  SecurityEventsService,
  StreamService,
} from '../services.ts';
import { iso } from '../times.ts';
import { ageState, allowedAgeSec, cloudOfName } from './freshness.ts';
import { storeFacts, type StoreFacts } from './store-facts.ts';

/** How a step of a logstore keeps up, as its runner knows it. */
export interface StepLag {
  readonly logstore: number;
  readonly step: string;
  readonly lagGroups: number;
  readonly lagSec: number;
  readonly allowedSec: number;
  readonly stopped: boolean;
  readonly lastError: string;
}

export interface OverviewParts {
  readonly catalog: Catalog;
  readonly stream: StreamService;
  readonly store: Pick<Store, 'query'>;
  readonly supervisor: Supervisor;
  readonly alerts: AlertsService | null;
  readonly events: SecurityEventsService | null;
  readonly groups: ConsumerGroupsService | null;
  readonly steps: { lags(ctx: RunContext): Promise<readonly StepLag[]> };
  readonly generatedPassword: GeneratedPassword;
  readonly dataDir: string;
}

const BUCKETS = 60;
/** Pages of many people who look at once share one answer. */
const FRESH_MS = 2000;
const NONE: SeverityCounts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 };

type Problem = OverviewBody['verdict']['problems'][number];

/** Everything of the overview page in one answer. A part that cannot be asked is a problem of the verdict, not a failure of the page. */
export class Overview implements OverviewService {
  readonly #parts: OverviewParts;
  readonly #recent = new Map<number, { readonly atMs: number; readonly answer: Promise<OverviewBody> }>();

  constructor(parts: OverviewParts) {
    this.#parts = parts;
  }

  async overview(periodSec: number, ctx: RunContext): Promise<OverviewBody> {
    const nowMs = ctx.clock.elapsedMs();
    const recent = this.#recent.get(periodSec);
    if (recent !== undefined && nowMs - recent.atMs < FRESH_MS) return await recent.answer;
    const answer = this.#make(periodSec, ctx);
    this.#recent.clear();
    this.#recent.set(periodSec, { atMs: nowMs, answer });
    answer.catch(() => this.#recent.delete(periodSec));
    return await answer;
  }

  async #make(periodSec: number, ctx: RunContext): Promise<OverviewBody> {
    const { catalog, steps, supervisor, dataDir } = this.#parts;
    const nowMs = ctx.clock.nowMs();
    const problems: Problem[] = [];
    const asked = async <T>(what: string, link: string, fallback: T, work: () => Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (thrown) {
        const error = asSluiceError(thrown);
        if (error.code === 'aborted') throw error;
        problems.push({ level: 'error', text: `${what} does not answer: ${error.message}`, link });
        return fallback;
      }
    };
    const facts = await asked<ReadonlyMap<number, StoreFacts>>('the store', '/stores', new Map(), () =>
      storeFacts(this.#parts.store, periodSec * 1000, BUCKETS, ctx),
    );
    const lags = await asked<readonly StepLag[]>('the pipeline', '/pipeline', [], () => steps.lags(ctx));
    const infos = catalog.logstores();
    const logstores = await asked('the stream', '/stores', [], () =>
      Promise.all(infos.map((info) => this.#logstore(info, facts.get(info.id), lags, periodSec, nowMs, ctx))),
    );
    const streamBytes = await asked('the stream', '/stores', 0, () => this.#streamBytes(infos, ctx));
    const shipping = await asked('the consumer groups', '/shipping', [], () => this.#shipping(infos, ctx));
    const alerts = await asked(
      'the alerts',
      '/alerts',
      { open: NONE, byHour: [] as SeverityCounts[], byHourFrom: iso(nowMs - 86_400_000) },
      () => this.#alerts(nowMs, ctx),
    );
    const events = await asked(
      'the security events',
      '/events',
      { open: 0, withoutOwner: 0, top: [] as OverviewBody['events']['top'] },
      () => this.#events(ctx),
    );
    const disk = await asked<{ free: number | null; total: number | null }>(
      'the disk',
      '/stores',
      { free: null, total: null },
      async () => {
        const { bavail, blocks, bsize } = await statfs(dataDir);
        return { free: bavail * bsize, total: blocks * bsize };
      },
    );

    for (const store of logstores) {
      if (store.state === 'silent')
        problems.push({
          level: 'warn',
          text: `${store.project}/${store.logstore} is silent for ${Math.round((store.ageSec ?? 0) / 60)} min`,
          link: `/stores/${store.project}/${store.logstore}`,
        });
      for (const step of store.steps)
        if (step.state === 'stopped' || step.state === 'late')
          problems.push({
            level: step.state === 'stopped' ? 'error' : 'warn',
            text: `${step.step} of ${store.project}/${store.logstore} is ${step.state === 'stopped' ? 'stopped' : `${Math.round(step.lagSec)} s behind`}${step.lastError === '' ? '' : `: ${step.lastError}`}`,
            link: '/pipeline',
          });
    }
    for (const job of supervisor.status())
      if (job.state === 'failed') problems.push({ level: 'error', text: `${job.name} failed: ${job.lastError}`, link: '/pipeline' });
    if (disk.free !== null && disk.total !== null && disk.free < disk.total * 0.1)
      problems.push({ level: 'warn', text: `${Math.round((disk.free / disk.total) * 100)} % of the disk is free`, link: '/stores' });

    const all = [...facts.values()];
    const trend = Array.from({ length: BUCKETS }, (_, i) => all.reduce((sum, fact) => sum + (fact.received[i] ?? 0), 0));
    const worst = problems.toSorted((a, b) => (a.level === b.level ? 0 : a.level === 'error' ? -1 : 1));
    return {
      at: iso(nowMs),
      verdict: { level: worst[0]?.level ?? 'ok', sentence: sentenceOf(worst), problems: worst },
      ingest: {
        logsPerSec: logstores.reduce((sum, store) => sum + store.logsPerSec, 0),
        bytesPerSec: logstores.reduce((sum, store) => sum + store.bytesPerSec, 0),
        logsToday: all.reduce((sum, fact) => sum + fact.today, 0),
        trend: { from: iso(nowMs - periodSec * 1000), intervalSec: Math.round(periodSec / BUCKETS), counts: trend },
      },
      logstores,
      alerts,
      events,
      shipping,
      storage: {
        storeBytes: all.reduce((sum, fact) => sum + fact.diskBytes, 0),
        rawBytes: all.reduce((sum, fact) => sum + fact.rawBytes, 0),
        streamBytes,
        diskFreeBytes: disk.free,
        diskTotalBytes: disk.total,
        largest: infos
          .map((info) => ({
            project: info.project,
            logstore: info.name,
            storeBytes: facts.get(info.id)?.diskBytes ?? 0,
            ttlDays: info.ttlDays,
          }))
          .toSorted((a, b) => b.storeBytes - a.storeBytes)
          .slice(0, 6),
      },
      setUp: [
        { id: 'password', text: 'Admin password changed', done: !this.#parts.generatedPassword.inUse('admin'), link: '/account' },
        { id: 'log', text: 'First log arrived', done: logstores.some((store) => store.newestAt !== null), link: '/start' },
        { id: 'alert', text: 'First alert raised', done: Object.values(alerts.open).some((count) => count > 0), link: '/rules' },
        { id: 'sink', text: 'A consumer ships logs', done: shipping.some((task) => task.consumers > 0), link: '/shipping' },
      ],
    };
  }

  async #logstore(
    info: LogstoreInfo,
    fact: StoreFacts | undefined,
    lags: readonly StepLag[],
    periodSec: number,
    nowMs: number,
    ctx: RunContext,
  ): Promise<LogstoreFreshness> {
    const { catalog, stream } = this.#parts;
    let newestMs = 0;
    for (const { shard } of catalog.shards(info.id)) {
      const at = { logstore: info.id, shard };
      const { begin, end } = await stream.bounds(at, ctx);
      if (end > begin) newestMs = Math.max(newestMs, await stream.receivedMsAt(at, end - 1n, ctx));
    }
    const received = fact?.received ?? Array.from({ length: BUCKETS }, () => 0);
    const allowedSec = allowedAgeSec(received, periodSec / BUCKETS);
    const ageSec = newestMs === 0 ? null : Math.max(0, (nowMs - newestMs) / 1000);
    const logsPerSec = (fact?.lastMinute ?? 0) / 60;
    return {
      project: info.project,
      logstore: info.name,
      cloud: cloudOfName(info.name),
      logsPerSec,
      bytesPerSec: fact === undefined || fact.rows === 0 ? 0 : logsPerSec * (fact.rawBytes / fact.rows),
      newestAt: newestMs === 0 ? null : iso(newestMs),
      ageSec,
      allowedSec,
      state: ageState(ageSec, allowedSec),
      rejected: null,
      trend: [...received],
      steps: lags.filter((lag) => lag.logstore === info.id).map(shownStep),
    };
  }

  async #streamBytes(infos: readonly LogstoreInfo[], ctx: RunContext): Promise<number> {
    const { catalog, stream } = this.#parts;
    let bytes = 0;
    for (const info of infos)
      for (const { shard } of catalog.shards(info.id)) bytes += (await stream.bounds({ logstore: info.id, shard }, ctx)).bytes;
    return bytes;
  }

  async #shipping(infos: readonly LogstoreInfo[], ctx: RunContext): Promise<OverviewBody['shipping']> {
    const { groups, stream, catalog } = this.#parts;
    if (groups === null) return [];
    const rows: OverviewBody['shipping'] = [];
    for (const info of infos)
      for (const group of await groups.list(info, ctx)) {
        let lagGroups: number | null = 0;
        let lagSec: number | null = 0;
        for (const { shard } of catalog.shards(info.id)) {
          const at = { logstore: info.id, shard };
          const { begin, end } = await stream.bounds(at, ctx);
          const saved = group.checkpoints.find((checkpoint) => checkpoint.shard === shard);
          if (saved?.cursor === null) lagGroups = lagSec = null;
          if (lagGroups === null || lagSec === null) break;
          const next = saved?.cursor ?? begin;
          const from = next < begin ? begin : next > end ? end : next;
          lagGroups += Number(end - from);
          if (from < end) lagSec = Math.max(lagSec, (ctx.clock.nowMs() - (await stream.receivedMsAt(at, from, ctx))) / 1000);
        }
        rows.push({ project: info.project, logstore: info.name, group: group.name, lagSec, lagGroups, consumers: group.consumers.length });
      }
    return rows;
  }

  async #alerts(nowMs: number, ctx: RunContext): Promise<OverviewBody['alerts']> {
    const { alerts } = this.#parts;
    const from = iso(nowMs - 86_400_000);
    if (alerts === null) return { open: NONE, byHour: [], byHourFrom: from };
    const open = await alerts.summary({ status: ['new', 'acknowledged'] }, ctx);
    const day = await alerts.summary({ from }, ctx);
    return { open: open.bySeverity, byHour: day.trend.severities, byHourFrom: day.trend.from };
  }

  async #events(ctx: RunContext): Promise<OverviewBody['events']> {
    const { events } = this.#parts;
    if (events === null) return { open: 0, withoutOwner: 0, top: [] };
    const status = ['new', 'investigating', 'contained'] as ('new' | 'investigating' | 'contained')[];
    const summary = await events.summary({ status }, ctx);
    const { items } = await events.list({ status, owner: '-', pageSize: 8, sort: 'severity' }, ctx);
    return { open: summary.total, withoutOwner: summary.withoutOwner, top: items };
  }
}

function shownStep(lag: StepLag): StepFreshness {
  const { step, lagGroups, lagSec, allowedSec, stopped, lastError } = lag;
  const state = stopped
    ? ('stopped' as const)
    : lagSec > allowedSec
      ? ('late' as const)
      : lagSec > allowedSec * 0.75
        ? ('slow' as const)
        : ('fresh' as const);
  return { step, lagGroups, lagSec, allowedSec, state, lastError };
}

function sentenceOf(problems: readonly Problem[]): string {
  const [first] = problems;
  if (first === undefined) return 'Everything runs and is on time.';
  const text = `${first.text.charAt(0).toUpperCase()}${first.text.slice(1)}`;
  return problems.length === 1 ? `${text}.` : `${text}; ${problems.length - 1} more.`;
}
