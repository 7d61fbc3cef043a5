import type { Catalog } from '../../../control/catalog.ts';
import { SluiceError } from '../../../core/errors.ts';
import type { JobStatus, Supervisor } from '../../../jobs/supervisor.ts';
import type { Handlers } from '../call.ts';
import type { JobBody } from '../contract/operations.ts';
import { verdictOf } from '../../../config/doctor-verdict.ts';
import { DEFAULT_PAGE_SIZE, pageInMemory, placeOf, tokenOf } from '../paging.ts';
import type { RestServices } from '../services.ts';
import { iso } from '../times.ts';
import { logstoreOf } from './logstores.ts';

/** How long a job gets to end when somebody stops it by hand. */
const STOP_GRACE_MS = 10_000;

function shownJob(status: JobStatus): JobBody {
  const { name, state, restarts, progressAtMs, note, lastError } = status;
  return { name, state, restarts, progressAt: iso(progressAtMs), note, lastError, needsAttention: state === 'failed' };
}

function jobOf(supervisor: Supervisor, name: string): JobBody {
  const found = supervisor.status().find((status) => status.name === name);
  if (found === undefined) throw new SluiceError('request.not_found', `job ${name} does not exist`, { resource: 'job', name });
  return shownJob(found);
}

const jobHandlers = (supervisor: Supervisor): Pick<Handlers, 'listJobs' | 'restartJob' | 'stopJob'> => ({
  listJobs({ query }) {
    return Promise.resolve(pageInMemory(supervisor.status().map(shownJob), (item) => item.name, query));
  },
  restartJob({ params }) {
    supervisor.restart(params.name);
    return Promise.resolve(jobOf(supervisor, params.name));
  },
  async stopJob({ params }) {
    await supervisor.stop(params.name, STOP_GRACE_MS);
    return jobOf(supervisor, params.name);
  },
});

const auditHandlers = (audit: RestServices['audit']): Pick<Handlers, 'listAudit' | 'verifyAudit'> => ({
  async listAudit({ query, ctx }) {
    const limit = query.pageSize ?? DEFAULT_PAGE_SIZE;
    const before = query.pageToken === undefined ? undefined : Number(placeOf(query.pageToken));
    if (before !== undefined && !Number.isSafeInteger(before))
      throw new SluiceError('request.invalid', 'pageToken is none that this list answered', {});
    const records = await audit.list(
      {
        limit: limit + 1,
        ...(query.actor === undefined ? {} : { actor: query.actor }),
        ...(query.action === undefined ? {} : { action: query.action }),
        ...(query.from === undefined ? {} : { fromMs: Date.parse(query.from) }),
        ...(query.to === undefined ? {} : { toMs: Date.parse(query.to) }),
        ...(before === undefined ? {} : { beforeSeq: before }),
      },
      ctx,
    );
    const page = records.slice(0, limit);
    return {
      items: page.map(({ seq, atMs, actor, action, resource, outcome, details, hash }) => ({
        seq,
        at: iso(atMs),
        actor,
        action,
        resource,
        outcome,
        details: { ...details },
        hash,
      })),
      nextPageToken: records.length > limit ? tokenOf(String(page.at(-1)?.seq ?? 0)) : '',
    };
  },
  async verifyAudit({ body, ctx }) {
    const verdict = await audit.verify(ctx, body.noted);
    return {
      ok: verdict.ok,
      records: verdict.records,
      head: { ...verdict.head },
      firstBad: verdict.firstBad === null ? null : { ...verdict.firstBad },
    };
  },
});

type Always = 'listJobs' | 'restartJob' | 'stopJob' | 'listAudit' | 'verifyAudit' | 'settings' | 'endpoints' | 'version';

export function operationHandlers(services: RestServices): Pick<Handlers, Always> {
  const { settings, version } = services;
  return {
    ...jobHandlers(services.supervisor),
    ...auditHandlers(services.audit),
    settings() {
      return Promise.resolve({ items: [...settings.list()], nextPageToken: '' });
    },
    endpoints() {
      return Promise.resolve(services.endpoints);
    },
    version() {
      return Promise.resolve({
        product: 'sluice' as const,
        version: version.version,
        api: 'v1' as const,
        node: process.versions.node,
        startedAt: iso(version.startedAtMs),
      });
    },
  };
}

export function receiptHandlers(catalog: Catalog, receipts: NonNullable<RestServices['receipts']>): Pick<Handlers, 'receipts'> {
  return {
    async receipts({ query, ctx }) {
      return { ...query, steps: [...(await receipts.of(logstoreOf(catalog, query), query, ctx))] };
    },
  };
}

export function demoHandlers(demo: NonNullable<RestServices['demo']>, supervisor: Supervisor): Pick<Handlers, 'loadDemo' | 'clearDemo'> {
  return {
    loadDemo() {
      return Promise.resolve(jobOf(supervisor, demo.load()));
    },
    clearDemo: ({ ctx }) => demo.clear(ctx),
  };
}

export function doctorHandlers(doctor: NonNullable<RestServices['doctor']>): Pick<Handlers, 'doctor'> {
  return {
    async doctor({ ctx }) {
      const checks = [...(await doctor.run(ctx))];
      return { ...verdictOf(checks), checks };
    },
  };
}
