import { ERRORS, SluiceError, type ErrorCode } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import { localKeys } from '../config/first-start.ts';
import { problem, type AnswerOf, type BodyOf, type RouteSpec } from '../api/rest/contract/base.ts';
import { pathOf, ROUTES, type RouteName, type Routes } from '../api/rest/contract/routes.ts';
import type { Io } from './command.ts';

type Query = Parameters<typeof pathOf>[2];

type ItemOf<N extends RouteName> = AnswerOf<Routes[N]> extends { items: (infer I)[] } ? I : never;
type ListRoute = { [N in RouteName]: AnswerOf<Routes[N]> extends { items: unknown[] } ? N : never }[RouteName];

export interface CallParts<R extends RouteSpec> {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Query;
  readonly body?: BodyOf<R>;
}

/** What an answer of the API that is no success means here: the same error the server had. */
async function errorOf(answer: Response, url: string): Promise<SluiceError> {
  const body = await answer.text();
  try {
    const { code, detail, errors, requestId } = problem.parse(JSON.parse(body));
    const known = code in ERRORS ? (code as ErrorCode) : 'internal.unexpected';
    const fields = (errors ?? []).map((error) => `\n  ${error.path}: ${error.message}`).join('');
    return new SluiceError(known, `${detail}${(errors?.length ?? 0) > 1 ? fields : ''}`, { requestId });
  } catch {
    return new SluiceError('source.unreachable', `${url} answered ${answer.status} and no Sluice problem: is it a Sluice server?`, { url });
  }
}

/** The REST API as a command uses it. */
export class RestClient {
  readonly url: string;
  readonly #token: string;
  /** The session is ours and ends with us. */
  readonly #owned: boolean;

  private constructor(url: string, token: string, owned: boolean) {
    this.url = url;
    this.#token = token;
    this.#owned = owned;
  }

  /**
   * Finds the server by SLUICE_URL and signs in with SLUICE_TOKEN, else with SLUICE_ADMIN_PASSWORD or the password file of SLUICE_DATA_DIR.
   * @throws request.unauthenticated source.unreachable
   */
  static async open(io: Io, ctx: RunContext): Promise<RestClient> {
    const url = serverUrl(io.env);
    const token = io.env['SLUICE_TOKEN'];
    if (token !== undefined && token !== '') return new RestClient(url, token, false);
    const dataDir = io.env['SLUICE_DATA_DIR'] ?? './data';
    const password = io.env['SLUICE_ADMIN_PASSWORD'] ?? (await localKeys(dataDir)).adminPassword;
    if (password === null)
      throw new SluiceError(
        'request.unauthenticated',
        `nothing to sign in to ${url} with: set SLUICE_TOKEN to an API key (console, Settings), or SLUICE_DATA_DIR to the data directory of a server on this machine (now ${dataDir})`,
      );
    const anonymous = new RestClient(url, '', false);
    const { token: session } = await anonymous.call('login', { body: { user: 'admin', password } }, ctx);
    return new RestClient(url, session, true);
  }

  /** A client that does not sign in, for routes that need no token. */
  static anonymous(io: Io): RestClient {
    return new RestClient(serverUrl(io.env), '', false);
  }

  async call<N extends RouteName>(name: N, parts: CallParts<Routes[N]>, ctx: RunContext): Promise<AnswerOf<Routes[N]>> {
    const spec: RouteSpec = ROUTES[name];
    const url = `${this.url}${pathOf(spec, parts.params, parts.query)}`;
    let answer: Response;
    try {
      answer = await fetch(url, {
        method: spec.method,
        headers: {
          ...(this.#token === '' ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(parts.body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(parts.body === undefined ? {} : { body: JSON.stringify(parts.body) }),
        signal: ctx.signal,
      });
    } catch (thrown) {
      if (ctx.signal.aborted) throw new SluiceError('aborted', 'interrupted', {}, { cause: thrown });
      const { cause } = thrown as { cause?: { code?: string; message?: string } };
      throw new SluiceError(
        'source.unreachable',
        `no server answers at ${this.url} (${cause?.code ?? cause?.message ?? String(thrown)}): start one with "npm start", or set SLUICE_URL`,
        { url: this.url },
        { cause: thrown },
      );
    }
    if (!answer.ok) throw await errorOf(answer, url);
    // The server is of this version or a newer one: what it adds is passed over, what we read is checked by the types of the same table.
    return (answer.status === 204 ? undefined : await answer.json()) as AnswerOf<Routes[N]>;
  }

  /** All items of a list. */
  async all<N extends ListRoute>(name: N, parts: CallParts<Routes[N]>, ctx: RunContext): Promise<ItemOf<N>[]> {
    const items: ItemOf<N>[] = [];
    let pageToken: string | undefined;
    do {
      const page = (await this.call(
        name,
        { ...parts, query: { ...parts.query, pageSize: 1000, ...(pageToken === undefined ? {} : { pageToken }) } },
        ctx,
      )) as unknown as {
        items: ItemOf<N>[];
        nextPageToken: string;
      };
      items.push(...page.items);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return items;
  }

  /** Signs out where we signed in. */
  async close(ctx: RunContext): Promise<void> {
    if (this.#owned) await this.call('closeSession', {}, { ...ctx, signal: AbortSignal.timeout(2000) });
  }
}

/** `SLUICE_URL`, else the port a server on this machine would take. */
export function serverUrl(env: Io['env']): string {
  const given = env['SLUICE_URL'];
  if (given !== undefined && given !== '') return given.replace(/\/+$/, '');
  return `http://127.0.0.1:${env['SLUICE_HTTP_PORT'] ?? '7800'}`;
}

/** Runs `work` with a client and signs out whatever happens. */
export async function withClient<T>(io: Io, ctx: RunContext, work: (client: RestClient) => Promise<T>): Promise<T> {
  const client = await RestClient.open(io, ctx);
  try {
    return await work(client);
  } finally {
    await client.close(ctx).catch((thrown: unknown) => ctx.log.warn({ error: thrown }, 'signing out failed'));
  }
}
