import { API_PREFIX, CSRF_HEADER, ROUTE_TABLE } from 'virtual:routes';
import type { AnswerOf, BodyOf, ParamsOf, QueryOf } from '../../../src/api/rest/contract/base.ts';
import type { RouteName, Routes } from '../../../src/api/rest/contract/routes.ts';
import { ApiError, problemOf } from './problem.ts';

type Given<Name extends string, T> = [T] extends [undefined]
  ? unknown
  : undefined extends T
    ? { readonly [K in Name]?: T }
    : { readonly [K in Name]: T };
type QueryGiven<T> = [T] extends [undefined] ? unknown : { readonly query?: T };

/** What a call of an operation takes, by the contract. */
export type CallArguments<N extends RouteName> = Given<'params', ParamsOf<Routes[N]>> &
  QueryGiven<QueryOf<Routes[N]>> &
  Given<'body', BodyOf<Routes[N]>>;
export type Answer<N extends RouteName> = AnswerOf<Routes[N]>;

interface Loose {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

let csrf = '';
let onSignedOut: () => void = () => undefined;

/** The token that every change by a cookie session carries (`Me.csrfToken`). */
export function setCsrfToken(token: string | null): void {
  csrf = token ?? '';
}

/** What to do when the server no longer knows the session. */
export function whenSignedOut(react: () => void): void {
  onSignedOut = react;
}

function addressOf(path: string, given: Loose): string {
  const filled = path.replaceAll(/\{(\w+)\}/gu, (_, name: string) => {
    const value = given.params?.[name];
    if (value === undefined) throw new TypeError(`${path} needs the parameter ${name}`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(given.query ?? {})) {
    if (value === undefined || value === null || value === '') continue;
    if (Array.isArray(value)) {
      for (const item of value) search.append(name, String(item));
    } else search.append(name, String(value as string | number | boolean));
  }
  const text = search.toString();
  return `${API_PREFIX}${filled}${text === '' ? '' : `?${text}`}`;
}

/**
 * Calls an operation of the REST API by its id.
 * @throws ApiError with the server's code, or `offline` when there was no answer; an AbortError when the signal fired
 */
export async function call<N extends RouteName>(name: N, given: CallArguments<N>, signal?: AbortSignal): Promise<Answer<N>> {
  const route = ROUTE_TABLE[name];
  if (!route) throw new TypeError(`the contract has no operation ${name}`);
  const [method, path, idempotent] = route;
  const loose = given as Loose;
  const headers: Record<string, string> = { accept: 'application/json' };
  if (loose.body !== undefined) headers['content-type'] = 'application/json';
  if (method !== 'GET' && csrf !== '') headers[CSRF_HEADER] = csrf;
  if (idempotent) headers['idempotency-key'] = crypto.randomUUID();
  const init: RequestInit = { method, headers, credentials: 'same-origin', signal: signal ?? null };
  if (loose.body !== undefined) init.body = JSON.stringify(loose.body);
  let response: Response;
  try {
    response = await fetch(addressOf(path, loose), init);
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw new ApiError({ status: 0, code: 'offline', message: thrown instanceof Error ? thrown.message : String(thrown) });
  }
  if (!response.ok) {
    const error = await problemOf(response);
    if (error.status === 401 && name !== 'openSession' && name !== 'me') onSignedOut();
    throw error;
  }
  return (response.status === 204 ? undefined : await response.json()) as Answer<N>;
}
