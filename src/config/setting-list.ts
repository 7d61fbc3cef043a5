import { z } from 'zod';
import { settingsSchema } from './settings.ts';

/** The facts of one setting as JSON Schema tells them: what the reference page, the sample file, the environment and GET /settings are made from. */
export interface Setting {
  /** `['http', 'port']` */
  readonly path: readonly string[];
  /** `http.port` */
  readonly name: string;
  /** `SLUICE_HTTP_PORT` */
  readonly variable: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'list' | 'object';
  /** Allowed words, of the value or of each item of a list; empty: any. */
  readonly words: readonly string[];
  /** JSON value; undefined: not set. */
  readonly byDefault: unknown;
  /** Words instead of the default, when it depends on the machine. */
  readonly defaultText: string;
  readonly unit: string;
  readonly description: string;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly secret: boolean;
}

/** Names that outsiders rely on beside the rule of `variableOf`. */
export const ALIASES: Readonly<Record<string, string>> = { SLUICE_LOG_TIME_WINDOW: 'sls.logTimeWindow' };

/** `SLUICE_*` that are not settings of the server. */
export const OTHER_VARIABLES: Readonly<Record<string, string>> = {
  SLUICE_CONFIG: 'Path of the settings file; without it `sluice.yaml` of the working folder, when there is one.',
  SLUICE_URL: 'Where the `sluice` command finds the server.',
  SLUICE_TOKEN: 'API key or session token of the `sluice` command.',
  SLUICE_CACHE_DIR: 'Where `npm test` keeps the real parts it needs beside npm packages.',
  SLUICE_MISSING_PARTS: 'Set by `npm test`: parts that are not there.',
};

/** Options and secrets of the receiver of `sluice ship`: not settings of the server. */
export const SINK_VARIABLES = 'SLUICE_SINK_';

const SECRETS = new Set(['masterKey', 'rootAkSecret', 'adminPassword', 'stream.url', 'store.url', 'state.url']);
const DEFAULT_TEXTS: Readonly<Record<string, string>> = { timeZone: "the machine's" };

/** `sls.logTimeWindow` → `SLUICE_SLS_LOG_TIME_WINDOW`. */
export function variableOf(name: string): string {
  return `SLUICE_${name
    .replaceAll('.', '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()}`;
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
  readonly description?: string;
  readonly unit?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

function typeOf(schema: Schema): Setting['type'] {
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean') return schema.type;
  if (schema.type === 'array') return 'list';
  if (schema.type === 'object') return 'object';
  return 'string';
}

function walk(schema: Schema, path: readonly string[], into: Setting[]): void {
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const here = [...path, key];
    if (child.properties !== undefined) {
      walk(child, here, into);
      continue;
    }
    const name = here.join('.');
    const bound = child.minimum ?? child.exclusiveMinimum ?? null;
    into.push({
      path: here,
      name,
      variable: variableOf(name),
      type: typeOf(child),
      words: (child.enum ?? child.items?.enum ?? []).map(String),
      byDefault: child.default,
      defaultText: DEFAULT_TEXTS[name] ?? '',
      unit: child.unit ?? '',
      description: child.description ?? '',
      minimum: bound !== null && Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? null : bound,
      maximum: child.maximum === undefined || child.maximum >= Number.MAX_SAFE_INTEGER ? null : child.maximum,
      secret: SECRETS.has(name),
    });
  }
}

/** Every setting, in the order of the schema. */
export function settingList(schema: z.ZodType = settingsSchema): readonly Setting[] {
  const list: Setting[] = [];
  walk(z.toJSONSchema(schema, { io: 'input' }) as Schema, [], list);
  return list;
}
