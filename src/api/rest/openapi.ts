import { z } from 'zod';
import { problem, type RouteSpec } from './contract/base.ts';
import { API_PREFIX, CSRF_HEADER } from './contract/routes.ts';

type Json = Record<string, unknown>;

const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'The request does not have the documented shape',
  401: 'Not signed in',
  403: 'The role does not allow it',
  404: 'The thing does not exist',
  405: 'The path has no such method',
  408: 'The query ran longer than its limit',
  409: 'It exists already, or changed since its etag was read',
  412: 'It changed since the version in If-Match',
  413: 'Larger than a limit',
  415: 'JSON is expected',
  429: 'Too many calls; the header Retry-After says when to come back',
  500: 'A defect',
  503: 'Not available now; try again',
  507: 'A disk is full',
};

/** Moves the named schemas of a JSON Schema into components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', components: Json): Json {
  const made = z.toJSONSchema(schema, { io, target: 'draft-2020-12', reused: 'inline' }) as Json & { $defs?: Record<string, Json> };
  const { $schema: _, $defs, ...rest } = made;
  const rename = (name: string): string => (io === 'input' && OUTPUT_AND_INPUT.has(name) ? `${name}Input` : name);
  const relinked = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(relinked);
    if (typeof node !== 'object' || node === null) return node;
    return Object.fromEntries(
      Object.entries(node)
        // Not of JSON Schema, and the component is called so already.
        .filter(([name, value]) => !(name === 'id' && typeof value === 'string'))
        .map(([name, value]) =>
          name === '$ref' && typeof value === 'string'
            ? [name, `#/components/schemas/${rename(value.replace('#/$defs/', ''))}`]
            : [name, relinked(value)],
        ),
    );
  };
  for (const [name, definition] of Object.entries($defs ?? {})) components[rename(name)] = relinked(definition);
  const id = (rest as { id?: unknown }).id;
  if (typeof id !== 'string') return relinked(rest) as Json;
  components[rename(id)] = relinked(rest);
  return { $ref: `#/components/schemas/${rename(id)}` };
}

/** Named schemas that stand both in bodies and in answers, where defaults make a difference. */
const OUTPUT_AND_INPUT = new Set(['IndexConfig']);

function parametersOf(spec: RouteSpec, components: Json): Json[] {
  const list: Json[] = [];
  for (const [where, schema] of [
    ['path', spec.params],
    ['query', spec.query],
  ] as const) {
    if (schema === undefined) continue;
    const { properties = {}, required = [] } = schemaOf(schema, 'input', components) as {
      properties?: Record<string, Json>;
      required?: readonly string[];
    };
    for (const [name, property] of Object.entries(properties)) {
      const { description, ...rest } = property;
      list.push({
        name,
        in: where,
        required: where === 'path' || required.includes(name),
        ...(description === undefined ? {} : { description }),
        schema: rest,
      });
    }
  }
  if (spec.idempotent === true)
    list.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      description: 'The same key and request again answers what the first call answered, for a day',
      schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' },
    });
  return list;
}

function answersOf(spec: RouteSpec, components: Json): Json {
  const success = String(spec.status ?? (spec.response === undefined ? 204 : 200));
  const answers: Json = {
    [success]:
      spec.response === undefined
        ? { description: 'Done' }
        : { description: 'Done', content: { 'application/json': { schema: schemaOf(spec.response, 'output', components) } } },
  };
  const withBody = spec.body !== undefined;
  const codes = [
    400,
    ...(spec.role === 'none' ? [] : [401, 403]),
    405,
    429,
    500,
    503,
    ...(withBody ? [413, 415] : []),
    ...(spec.method === 'PATCH' ? [412] : []),
    ...(spec.problems ?? []),
  ];
  for (const code of [...new Set(codes)].toSorted((a, b) => a - b))
    answers[String(code)] = {
      description: STATUS_TEXT[code] ?? 'An error',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  return answers;
}

/** The OpenAPI 3.1 document of the given routes. */
export function openApi(routes: Readonly<Record<string, RouteSpec>>, version: string): Json {
  const components: Json = {};
  const paths: Record<string, Json> = {};
  schemaOf(problem, 'output', components);
  for (const [operationId, spec] of Object.entries(routes)) {
    const roleText =
      spec.role === 'none' ? 'Without signing in.' : spec.role === 'self' ? 'Anyone signed in.' : `From role ${spec.role} on.`;
    const operation: Json = {
      operationId,
      summary: spec.summary,
      description: spec.audit === undefined ? roleText : `${roleText} Kept in the audit trail as \`${spec.audit}\`.`,
      tags: [spec.tag],
      parameters: parametersOf(spec, components),
      ...(spec.body === undefined
        ? {}
        : { requestBody: { required: true, content: { 'application/json': { schema: schemaOf(spec.body, 'input', components) } } } }),
      responses: answersOf(spec, components),
      ...(spec.role === 'none' ? { security: [] } : {}),
    };
    (paths[`${API_PREFIX}${spec.path}`] ??= {})[spec.method.toLowerCase()] = operation;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sluice REST API',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'Lists answer `items` and `nextPageToken`. Changes are PATCH with the `etag` that was read (or If-Match). Errors are RFC 9457 problems with a code of the error table.',
    },
    servers: [{ url: '/' }],
    tags: [...new Set(Object.values(routes).map((spec) => spec.tag))].map((name) => ({ name })),
    security: [{ bearer: [] }, { session: [], csrf: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(components).toSorted(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'Token of POST /api/v1/login, or an API key' },
        session: { type: 'apiKey', in: 'cookie', name: 'sluice_session', description: 'Cookie of POST /api/v1/session' },
        csrf: {
          type: 'apiKey',
          in: 'header',
          name: CSRF_HEADER,
          description: 'csrfToken of GET /api/v1/me; with the cookie, for calls that change something',
        },
      },
    },
  };
}
