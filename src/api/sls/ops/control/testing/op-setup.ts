import type { Caller } from '../../../../../control/access.ts';
import { controlSetup, type ControlSetup } from '../../../../../control/testing/control-setup.ts';
import { openWireControl } from '../../../../../control/wire-control.ts';
import type { Queries } from '../../../../../query/queries.ts';
import type { ReplyHeaders, SlsOperation, SlsReply, SlsRequest } from '../../../operation.ts';
import { parseQuery, queryOf } from '../../../query-string.ts';
import { Router } from '../../../router.ts';
import type { SlsServices } from '../../../services.ts';
import { SlsError, slsErrorOf } from '../../../sls-error.ts';

export interface Answer {
  readonly status: number;
  readonly headers: ReplyHeaders;
  /** JSON, text of bytes, or undefined for an empty answer. */
  readonly body: unknown;
  /** Of a refused call. */
  readonly errorCode: string | undefined;
}

export interface OpSetup extends ControlSetup {
  readonly services: SlsServices;
  /** A call on the project `p-1`, or on another host: null is the endpoint itself. */
  call(method: string, target: string, body?: unknown, on?: { project?: string | null; caller?: Caller | null }): Promise<Answer>;
}

const ROOT: Caller = { accessKeyId: 'AK', owner: 'root', root: true, policies: [] };

/** Operations over a real control room, called without a socket in between: routing, permission, answer or error. */
export async function opSetup(
  operations: readonly SlsOperation[],
  queries: (control: ControlSetup) => Partial<Queries> = () => ({}),
): Promise<OpSetup> {
  const control = await controlSetup();
  const { catalog, stream, access, settings, ctx } = control;
  const services: SlsServices = {
    catalog,
    stream,
    queries: queries(control) as Queries,
    access,
    control: openWireControl(control, ctx),
    settings,
    oldPulls: null,
    pullFilter: null,
  };
  const router = new Router(operations);
  return {
    ...control,
    services,
    async call(method, target, body, { project = 'p-1', caller = ROOT } = {}) {
      const [path = '/', queryText = ''] = target.split('?');
      const query = queryOf(parseQuery(queryText));
      const bytes = body === undefined ? Buffer.alloc(0) : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
      const facts = { clientIp: '127.0.0.1', secure: false };
      try {
        const { operation, params } = router.route(method, path, query, project);
        const request: SlsRequest = {
          requestId: 'R',
          method,
          path,
          project,
          params,
          query,
          headers: {},
          caller,
          facts,
          maxBodyBytes: settings.sls.maxBodyBytes,
          body: bytes,
          plainBody: () => bytes,
          json(errorCode = 'PostBodyInvalid') {
            try {
              return JSON.parse(bytes.toString()) as unknown;
            } catch (thrown) {
              throw new SlsError(errorCode, 'the body is not JSON', 400, { cause: thrown });
            }
          },
        };
        if (operation.action !== null) {
          const resource = operation.resource.replace(
            /\{(\w+)\}/g,
            (_, name: string) => (name === 'project' ? project : params[name]) ?? '',
          );
          if (access.allowed(caller, operation.action, resource, facts) !== 'allowed') throw new SlsError('Unauthorized', 'denied', 401);
        }
        return answerOf(await operation.handle(request, services, ctx));
      } catch (thrown) {
        const error = slsErrorOf(thrown);
        if (error.status === 500) throw thrown;
        return { status: error.status, headers: {}, body: error.message, errorCode: error.errorCode };
      }
    },
  };
}

function answerOf(reply: SlsReply): Answer {
  const headers = reply.headers ?? {};
  const body = reply.kind === 'empty' ? undefined : reply.kind === 'json' ? reply.value : Buffer.concat(reply.chunks).toString();
  // What cannot be written as JSON would only be seen on a socket.
  return {
    status: 200,
    headers,
    body: body === undefined ? undefined : (JSON.parse(JSON.stringify(body)) as unknown),
    errorCode: undefined,
  };
}
