import { z } from 'zod';
import type { WireObject } from '../../../../control/wire-objects.ts';
import type { RunContext } from '../../../../core/context.ts';
import { empty, json, type SlsOperation, type SlsReply, type SlsRequest } from '../../operation.ts';
import { projectOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';
import { objectOf } from './body.ts';
import { JOB_FAMILIES, LEGACY_FAMILIES, REFUSED_PATHS, REFUSED_TYPES, schedule, type JobFamily } from './job-types.ts';
import { containing, paged } from './paging.ts';

/** Jobs per project: 100 alerts (sls-api §5.5) and as many of each other kind. */
const MAX_JOBS = 1000;

const jobBody = z.looseObject({
  name: z.string().regex(/^[\w-]{2,128}$/, 'expected 2 to 128 of a-z A-Z 0-9 _ -'),
  displayName: z.string().nullish(),
  description: z.string().nullish(),
  schedule: schedule.nullish(),
  configuration: z.record(z.string(), z.unknown()),
});

type Body = Readonly<Record<string, unknown>>;

/** Family of a job of the legacy API, by its type and the type of its sink or source. @throws SlsError ParameterInvalid NotSupported */
function legacyFamily(body: Body): JobFamily {
  const type = body['type'];
  if (REFUSED_TYPES.includes(String(type))) throw new SlsError('NotSupported', `job type ${String(type)} is not supported`);
  const configuration = (body['configuration'] ?? {}) as { sink?: { type?: unknown }; source?: { type?: unknown } };
  const subtype = configuration.sink?.type ?? configuration.source?.type;
  const ofType = LEGACY_FAMILIES.filter((one) => one.type === type);
  const found = ofType.find((one) => one.subtype !== null && one.subtype === subtype) ?? ofType.find((one) => one.subtype === null);
  if (found === undefined)
    throw new SlsError(
      'ParameterInvalid',
      `job type ${JSON.stringify(type)} is unknown, expected Alert, ScheduledSQL, Export or Ingestion`,
    );
  return found;
}

/** @throws SlsError ParameterInvalid, naming each wrong property */
function checked(body: Body, family: JobFamily): Body {
  const refused = (issues: readonly z.core.$ZodIssue[], under = ''): SlsError =>
    new SlsError(
      'ParameterInvalid',
      issues.map((one) => `${[under, ...one.path.map(String)].filter((p) => p !== '').join('.')}: ${one.message}`).join('; '),
    );
  const parsed = jobBody.safeParse(body);
  if (!parsed.success) throw refused(parsed.error.issues);
  const configuration = family.configuration.safeParse(parsed.data.configuration);
  if (!configuration.success) throw refused(configuration.error.issues, 'configuration');
  if (family.scheduled && (parsed.data.schedule ?? null) === null) throw new SlsError('ParameterInvalid', 'schedule is needed');
  return {
    ...body,
    type: family.type,
    displayName: parsed.data.displayName ?? parsed.data.name,
    description: parsed.data.description ?? '',
  };
}

/** Stored form: which family, whether it is switched on, and the job as written. */
interface Stored {
  readonly family: string;
  readonly enabled: boolean;
  readonly job: Body;
}
const storedOf = (object: Pick<WireObject, 'body'>): Stored => object.body as unknown as Stored;

function shown(object: WireObject): Record<string, unknown> {
  const { family, enabled, job } = storedOf(object);
  const scheduled = LEGACY_FAMILIES.find((one) => one.path === family)?.scheduled ?? false;
  return {
    ...job,
    recyclable: job['recyclable'] ?? false,
    state: enabled ? 'Enabled' : 'Disabled',
    status: scheduled ? (enabled ? 'ENABLED' : 'DISABLED') : enabled ? 'RUNNING' : 'STOPPED',
    schedule: job['schedule'] ?? { type: 'Resident' },
    scheduleId: object.name,
    createTime: object.createdSec,
    lastModifiedTime: object.modifiedSec,
  };
}

async function create(request: SlsRequest, services: SlsServices, family: JobFamily | null, ctx: RunContext): Promise<SlsReply> {
  const body = objectOf(request, 'ParameterInvalid');
  const known = family ?? legacyFamily(body);
  const job = checked(body, known);
  const stored: Stored = { family: known.path, enabled: body['state'] !== 'Disabled', job };
  await services.control.objects.create(projectOf(request, services).name, 'job', String(job['name']), { ...stored }, MAX_JOBS, ctx);
  return empty();
}

/** The job of the path, if it is of the family. @throws request.not_found */
async function jobOf(request: SlsRequest, services: SlsServices, family: JobFamily | null, ctx: RunContext): Promise<WireObject> {
  const name = request.params['name'] ?? '';
  const found = await services.control.objects.get(projectOf(request, services).name, 'job', name, ctx);
  if (family !== null && storedOf(found).family !== family.path) throw new SlsError('JobNotExist', `Job ${name} does not exist`, 404);
  return found;
}

async function update(request: SlsRequest, services: SlsServices, family: JobFamily | null, ctx: RunContext): Promise<SlsReply> {
  const found = await jobOf(request, services, family, ctx);
  const { job } = storedOf(found);
  const body = { ...objectOf(request, 'ParameterInvalid'), name: found.name };
  const known = family ?? legacyFamily({ type: job['type'], ...body });
  const next = checked(body, known);
  await services.control.objects.update(
    projectOf(request, services).name,
    'job',
    found.name,
    (before) => ({ ...before, family: known.path, job: next }),
    ctx,
  );
  return empty();
}

const SWITCHES: Readonly<Record<string, boolean>> = { enable: true, disable: false, START: true, STOP: false, RESTART: true };

async function turn(request: SlsRequest, services: SlsServices, family: JobFamily | null, ctx: RunContext): Promise<SlsReply> {
  const { name } = await jobOf(request, services, family, ctx);
  const action = request.query.get('action') ?? '';
  const enabled = SWITCHES[action] ?? false;
  await services.control.objects.update(
    projectOf(request, services).name,
    'job',
    name,
    (before) => {
      if (action !== 'RESTART' && (before as unknown as Stored).enabled === enabled)
        throw new SlsError('ParameterInvalid', `The job to ${action.toLowerCase()} has already ${PAST[action] ?? action}`);
      return { ...before, enabled };
    },
    ctx,
  );
  return empty();
}

const PAST: Readonly<Record<string, string>> = { enable: 'enabled', disable: 'disabled', START: 'started', STOP: 'stopped' };

async function list(request: SlsRequest, services: SlsServices, family: JobFamily | null, ctx: RunContext): Promise<SlsReply> {
  const { query } = request;
  const type = query.get('jobType');
  let all = await services.control.objects.list(projectOf(request, services).name, 'job', ctx);
  if (family !== null) all = all.filter((one) => storedOf(one).family === family.path);
  else if (type !== undefined) all = all.filter((one) => storedOf(one).job['type'] === type);
  all = containing(all, query, 'jobName', (one) => one.name);
  const logstore = query.get('logstore');
  if (logstore !== undefined)
    all = all.filter((one) => {
      const { configuration } = storedOf(one).job as { configuration?: Body };
      return configuration?.['logstore'] === logstore || configuration?.['sourceLogstore'] === logstore;
    });
  const { count, total, items } = paged(all, query);
  return json({ count, total, results: items.map(shown) });
}

/** The operations of one family, or of the legacy API when it is null. */
function familyOperations(family: JobFamily | null): readonly SlsOperation[] {
  const path = family?.path ?? 'jobs';
  const word = family?.word ?? 'Job';
  const all = { path: `/${path}`, host: 'project', resource: 'project/{project}/job/*' } as const;
  const one = { path: `/${path}/{name}`, host: 'project', resource: 'project/{project}/job/{name}' } as const;
  return [
    { ...all, name: `Create${word}`, method: 'POST', action: 'log:CreateJob', handle: (r, s, ctx) => create(r, s, family, ctx) },
    { ...all, name: `List${word}s`, method: 'GET', action: 'log:ListJobs', handle: (r, s, ctx) => list(r, s, family, ctx) },
    {
      ...one,
      name: `Get${word}`,
      method: 'GET',
      action: 'log:GetJob',
      handle: async (r, s, ctx) => json(shown(await jobOf(r, s, family, ctx))),
    },
    { ...one, name: `Update${word}`, method: 'PUT', action: 'log:UpdateJob', handle: (r, s, ctx) => update(r, s, family, ctx) },
    {
      ...one,
      name: `Switch${word}`,
      method: 'PUT',
      where: { action: Object.keys(SWITCHES) },
      action: 'log:UpdateJob',
      handle: (r, s, ctx) => turn(r, s, family, ctx),
    },
    {
      ...one,
      name: `Delete${word}`,
      method: 'DELETE',
      action: 'log:DeleteJob',
      async handle(request, services, ctx) {
        const { name } = await jobOf(request, services, family, ctx);
        await services.control.objects.delete(projectOf(request, services).name, 'job', name, ctx);
        return empty();
      },
    },
  ];
}

const refused = (path: string, word: string): SlsOperation[] =>
  (['POST', 'GET'] as const).map((method) => ({
    name: `${method === 'POST' ? 'Create' : 'List'}${word}`,
    method,
    path: `/${path}`,
    host: 'project',
    action: null,
    resource: '',
    handle: () => Promise.reject(new SlsError('NotSupported', `${word} is not supported`, 501)),
  }));

const jobInstances: SlsOperation = {
  name: 'ListJobInstances',
  method: 'GET',
  path: '/jobs/{name}/jobinstances',
  host: 'project',
  action: 'log:ListJobInstances',
  resource: 'project/{project}/job/{name}',
  async handle(request, services, ctx) {
    // Jobs are kept here for the tools that manage them and run elsewhere, so none of them has a run of ours to show.
    await jobOf(request, services, null, ctx);
    return json({ count: 0, total: 0, results: [] });
  },
};

/** Jobs in both generations of the API (sls-api §4.7): checked and kept, not run. */
export const jobOperations: readonly SlsOperation[] = [
  ...familyOperations(null),
  jobInstances,
  ...JOB_FAMILIES.flatMap(familyOperations),
  ...REFUSED_PATHS.flatMap(([path, word]) => refused(path, word)),
];
