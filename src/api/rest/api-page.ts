import type { RouteSpec } from './contract/base.ts';
import { API_PREFIX, ROUTES } from './contract/routes.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** docs/reference/rest-api.md: every route on one page; the shapes are in the OpenAPI document. */
export function apiPage(routes: Readonly<Record<string, RouteSpec>> = ROUTES): string {
  const lines = [
    '# REST API',
    '',
    'Made by `npm run docs` from `src/api/rest/contract`. Shapes of bodies and answers: `GET /api/v1/openapi.json` (OpenAPI 3.1).',
    '',
    '- `POST /api/v1/login` with `{"user","password"}` answers `{"token","expiresAt"}`; every other call carries `Authorization: Bearer <token>`. API keys are used the same way.',
    '- Browsers use `POST /api/v1/session`: an HttpOnly, SameSite=Strict cookie, and the header `x-sluice-csrf` for calls that change something.',
    '- Lists answer `{"items":[…],"nextPageToken"}` and take `pageSize` and `pageToken`; `nextPageToken` is empty on the last page.',
    '- Changes are `PATCH` with the `etag` that was read, in the body or as `If-Match`. A create takes an `Idempotency-Key` (up to 200 printable characters, kept for a day) where marked.',
    '- Times are ISO 8601 in UTC, sizes are bytes. Errors are `application/problem+json` (RFC 9457) with `code` from [errors](errors.md).',
    '- `/healthz` (the process lives), `/readyz` (it can work) and `/metrics` ([metrics](metrics.md)) need no token.',
    '',
  ];
  for (const tag of new Set(Object.values(routes).map((spec) => spec.tag))) {
    lines.push(`## ${tag.charAt(0).toUpperCase()}${tag.slice(1)}`, '', '| call | | from role | audit |', '|---|---|---|---|');
    for (const [operation, spec] of Object.entries(routes)) {
      if (spec.tag !== tag) continue;
      const role = spec.role === 'none' ? 'anyone' : spec.role === 'self' ? 'signed in' : spec.role;
      const note = spec.idempotent === true ? ' Idempotent with a key.' : '';
      lines.push(
        `| \`${spec.method} ${API_PREFIX}${cell(spec.path)}\` | ${cell(spec.summary)}.${note} (\`${operation}\`) | ${role} | ${spec.audit === undefined ? '' : `\`${spec.audit}\``} |`,
      );
    }
    lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
