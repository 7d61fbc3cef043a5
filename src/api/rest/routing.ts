import type { RouteSpec } from './contract/base.ts';
import { API_PREFIX } from './contract/routes.ts';

/** Routes of one path and method: a plain one, and those that end in a verb (`…/{id}:test`). */
export interface RouteGroup {
  readonly method: RouteSpec['method'];
  /** As fastify writes it: `/api/v1/projects/:project`. */
  readonly path: string;
  /** Name of the last parameter when verbs may follow it. */
  readonly lastParam: string | null;
  readonly plain: string | null;
  readonly verbs: ReadonlyMap<string, string>;
  readonly pattern: RegExp;
}

const VERB = /^(?<path>.*\})(?::(?<verb>[a-z-]+))$/;

/** Fastify cannot route `:verb` after a parameter; such routes share one and are told apart by `operationOf`. */
export function groupRoutes(routes: Readonly<Record<string, RouteSpec>>): readonly RouteGroup[] {
  const groups = new Map<string, { method: RouteSpec['method']; path: string; plain: string | null; verbs: Map<string, string> }>();
  for (const [operation, spec] of Object.entries(routes)) {
    const parts = VERB.exec(spec.path)?.groups;
    const path = parts?.['path'] ?? spec.path;
    const key = `${spec.method} ${path}`;
    const group = groups.get(key) ?? { method: spec.method, path, plain: null, verbs: new Map<string, string>() };
    groups.set(key, group);
    const verb = parts?.['verb'];
    if (verb === undefined) group.plain = operation;
    else group.verbs.set(verb, operation);
  }
  return [...groups.values()].map(({ method, path, plain, verbs }) => ({
    method,
    // A colon that is not ours to mean a parameter is written twice.
    path: `${API_PREFIX}${path.replaceAll(':', '::').replace(/\{(\w+)\}/g, ':$1')}`,
    pattern: new RegExp(`^${API_PREFIX}${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    lastParam: /\{(\w+)\}$/.exec(path)?.[1] ?? null,
    plain,
    verbs,
  }));
}

/**
 * Which operation a request means. The verb stands after the last colon of the path as it was sent: an id that ends in `:test` itself is sent with `%3A`.
 * @param rawPath without query, still encoded
 */
export function operationOf(
  group: RouteGroup,
  rawPath: string,
  params: Readonly<Record<string, string>>,
): { readonly operation: string; readonly params: Readonly<Record<string, string>> } | null {
  const segment = rawPath.slice(rawPath.lastIndexOf('/') + 1);
  const colon = segment.lastIndexOf(':');
  const verb = colon > 0 ? group.verbs.get(segment.slice(colon + 1)) : undefined;
  if (verb !== undefined && group.lastParam !== null)
    return { operation: verb, params: { ...params, [group.lastParam]: decodeURIComponent(segment.slice(0, colon)) } };
  return group.plain === null ? null : { operation: group.plain, params };
}

/** Whether a path, as it was sent, means an operation of the group. */
export function reaches(group: RouteGroup, rawPath: string): boolean {
  return group.pattern.test(rawPath) && operationOf(group, rawPath, {}) !== null;
}

/** The thing a call is about, as the audit trail names it: `project/p/logstore/l`, `user/admin`. */
export function resourceOf(spec: RouteSpec, params: Readonly<Record<string, string>>, body: unknown): string {
  const named = (body ?? {}) as { name?: unknown; user?: unknown; ids?: unknown };
  const parts = spec.path
    .replace(/:[a-z-]+$/, '')
    .split('/')
    .filter((part) => part !== '');
  const text = parts
    .map((part) => (part.startsWith('{') ? (params[part.slice(1, -1)] ?? '') : part.replace(/ies$/, 'y').replace(/s$/, '')))
    .join('/');
  if (parts.at(-1)?.startsWith('{') === true) return text;
  const name = named.name ?? named.user;
  return typeof name === 'string' ? `${text}/${name}` : text;
}
