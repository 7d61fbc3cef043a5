import { accessRoutes } from './access.ts';
import { alertRoutes } from './alerts.ts';
import type { RouteSpec } from './base.ts';
import { logstoreRoutes } from './logstores.ts';
import { operationRoutes } from './operations.ts';
import { overviewRoutes } from './overview.ts';
import { ruleRoutes } from './rules.ts';
import { searchRoutes } from './search.ts';
import { securityEventRoutes } from './security-events.ts';
import { sessionRoutes } from './session.ts';
import { shippingRoutes } from './shipping.ts';

/** Every call answers below this path. */
export const API_PREFIX = '/api/v1';

/** Sent with every call of a cookie session that changes something: `Me.csrfToken`. */
export const CSRF_HEADER = 'x-sluice-csrf';

/** Every route of the REST API by its operation id. The server, the OpenAPI document, the console's client and the CLI's are made from this table. */
export const ROUTES = {
  ...sessionRoutes,
  ...overviewRoutes,
  ...logstoreRoutes,
  ...searchRoutes,
  ...alertRoutes,
  ...securityEventRoutes,
  ...ruleRoutes,
  ...shippingRoutes,
  ...operationRoutes,
  ...accessRoutes,
} as const satisfies Record<string, RouteSpec>;

export type RouteName = keyof typeof ROUTES;
export type Routes = typeof ROUTES;

/** `/projects/{project}` with its values put in, and the query appended: what a client asks for. */
export function pathOf(
  route: RouteSpec,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>> = {},
): string {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (value === undefined) throw new TypeError(`route ${route.path} needs the parameter ${name}`);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    if (typeof value === 'object') for (const item of value) search.append(name, item);
    else search.append(name, String(value));
  }
  const text = search.toString();
  return `${API_PREFIX}${path}${text === '' ? '' : `?${text}`}`;
}
