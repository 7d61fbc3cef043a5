import type { z } from 'zod';
import { SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import type { RouteSpec, Role } from './contract/base.ts';
import type { RouteName, Routes } from './contract/routes.ts';

/** Who calls, as the routes need to know it. */
export interface RestCaller {
  readonly user: string;
  readonly displayName: string;
  readonly role: Role;
  readonly via: 'session' | 'api-key';
  readonly expiresAtMs: number | null;
  /** As it came: bearer or cookie. */
  readonly token: string;
  readonly byCookie: boolean;
}

export interface RequestFacts {
  readonly requestId: string;
  readonly clientIp: string;
  readonly userAgent: string;
  /** True when body.etag came from the header If-Match: a mismatch is then a 412 (RFC 9110 §13.1.1), else a 409. */
  readonly ifMatch: boolean;
}

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;
type Part<R, K extends string> = R extends Readonly<Record<K, infer P>> ? Parsed<P> : undefined;
type CallerOf<R extends RouteSpec> = R['role'] extends 'none' ? null : RestCaller;

/** One call of a route, checked: params, query and body are what the contract says. */
export interface Call<R extends RouteSpec> {
  readonly params: Part<R, 'params'>;
  readonly query: Part<R, 'query'>;
  readonly body: Part<R, 'body'>;
  readonly caller: CallerOf<R>;
  readonly facts: RequestFacts;
  readonly ctx: RunContext;
  /** Sets the session cookie of a browser; null removes it. */
  readonly setSession: (session: { readonly token: string; readonly expiresAtMs: number } | null) => void;
}

export type Answer<R extends RouteSpec> = R extends { response: infer A extends z.ZodType } ? z.input<A> : void;
export type Handler<R extends RouteSpec> = (call: Call<R>) => Promise<Answer<R>>;
export type Handlers = { readonly [N in RouteName]: Handler<Routes[N]> };

/** The caller as the audit trail names it. */
export function actorOf(caller: RestCaller | null): string {
  return caller === null ? 'nobody' : `user:${caller.user}`;
}

/** Refuses a change of something that is not as the caller read it. @throws request.conflict request.precondition */
export function requireEtag(given: string, current: string, what: string, facts: RequestFacts): void {
  if (given === current) return;
  throw new SluiceError(
    facts.ifMatch ? 'request.precondition' : 'request.conflict',
    `${what} has changed since it was read: etag ${given} is not ${current}`,
    {
      etag: current,
    },
  );
}

/** The same without properties that are undefined: an optional property of a service is absent or has a value. */
export function defined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
