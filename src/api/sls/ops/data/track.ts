import type { LogstoreInfo } from '../../../../control/catalog.ts';
import type { RunContext } from '../../../../core/context.ts';
import { GroupBuilder } from '../../../../core/group-builder.ts';
import { bytes, empty, type SlsOperation, type SlsReply, type SlsRequest } from '../../operation.ts';
import { logstoreOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { headerText } from '../../signature-v1.ts';
import { SlsError } from '../../sls-error.ts';
import { store } from './put-logs.ts';
import { jsonGroup, kept, type ReceiveRules } from './received-groups.ts';
import { tooLarge } from '../../receive-body.ts';

const TRACK = { host: 'project', signed: false, cors: true, action: null, resource: 'project/{project}/logstore/{ls}' } as const;

/** Parameters of the envelope that are no fields of the log. */
const NO_FIELDS = new Set(['APIVersion', '__topic__', '__source__']);
/** A GET carries at most this much (sls-api §3.2). */
const MAX_QUERY_BYTES = 16 * 1024;
/** One transparent pixel. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');

/** Browsers send logs as JSON, unsigned, to logstores that allow it. */
export const trackPost: SlsOperation = {
  ...TRACK,
  name: 'PutWebtracking',
  method: 'POST',
  path: '/logstores/{ls}/track',
  async handle(request, services, ctx) {
    const { logstore, rules } = tracked(request, services, ctx);
    const limit = services.settings.sls.trackMaxBodyBytes;
    if (request.body.length > limit) throw tooLarge(request.body.length, limit);
    const group = jsonGroup(request.json(), rules, true);
    if (group.length > limit) throw tooLarge(group.length, limit);
    await store(kept(group, rules), logstore, undefined, services, ctx);
    return empty();
  },
};

/** One log in the query string. */
export const trackGet: SlsOperation = {
  ...TRACK,
  name: 'PutWebtracking',
  method: 'GET',
  path: '/logstores/{ls}/track',
  async handle(request, services, ctx) {
    await trackOne(request, {}, services, ctx);
    return empty();
  },
};

export const trackPixel: SlsOperation = {
  ...TRACK,
  name: 'PutWebtracking',
  method: 'GET',
  path: '/logstores/{ls}/track.gif',
  async handle(request, services, ctx) {
    await trackOne(request, {}, services, ctx);
    return pixel();
  },
};

/** The pixel that also keeps who looked, and from where. */
export const trackPixelAgent: SlsOperation = {
  ...TRACK,
  name: 'PutWebtracking',
  method: 'GET',
  path: '/logstores/{ls}/track_ua.gif',
  async handle(request, services, ctx) {
    const agent = { __userAgent__: headerText(request.headers, 'user-agent'), __referer__: headerText(request.headers, 'referer') };
    await trackOne(request, agent, services, ctx);
    return pixel();
  },
};

function pixel(): SlsReply {
  return bytes([PIXEL], 'image/gif', { 'cache-control': 'no-store' });
}

function tracked(request: SlsRequest, services: SlsServices, ctx: RunContext): { readonly logstore: LogstoreInfo; readonly rules: ReceiveRules } {
  const logstore = logstoreOf(request, services);
  if (!logstore.enableTracking) throw new SlsError('Unauthorized', `web tracking is not enabled for logstore ${logstore.name}`, 401);
  return { logstore, rules: { logstore, window: null, nowMs: ctx.clock.nowMs() } };
}

async function trackOne(
  request: SlsRequest,
  more: Readonly<Record<string, string>>,
  services: SlsServices,
  ctx: RunContext,
): Promise<void> {
  const { logstore, rules } = tracked(request, services, ctx);
  const builder = new GroupBuilder();
  builder.begin();
  builder.beginLog(Math.floor(rules.nowMs / 1000));
  for (const name of request.query.names()) {
    if (!NO_FIELDS.has(name)) builder.field(name, request.query.get(name) ?? '');
    if (builder.size > MAX_QUERY_BYTES) throw tooLarge(`over ${MAX_QUERY_BYTES}`, MAX_QUERY_BYTES);
  }
  for (const [name, value] of Object.entries(more)) builder.field(name, value);
  builder.endLog();
  builder.topic(request.query.get('__topic__') ?? '');
  builder.source(request.query.get('__source__') ?? request.facts.clientIp);
  await store(kept(builder.finish(), rules), logstore, undefined, services, ctx);
}
