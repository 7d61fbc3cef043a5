import { z } from 'zod';
import { SluiceError } from '../core/errors.ts';
import { withoutNulls } from './without-nulls.ts';
import type { IndexConfig, IndexKey, LineIndex } from './catalog.ts';

/** Delimiters are single characters; SLS also takes the two-character escapes `\n \t \r` written out. */
const token = z.array(z.string().min(1).max(2)).max(256);
const flag = z.boolean();

const jsonKey = z.looseObject({
  type: z.enum(['text', 'long', 'double']),
  doc_value: flag.optional(),
  alias: z.string().optional(),
});

const key = z.looseObject({
  type: z.enum(['text', 'long', 'double', 'json']).optional(),
  token: token.optional(),
  caseSensitive: flag.optional(),
  chn: flag.optional(),
  doc_value: flag.optional(),
  alias: z.string().nullish(),
  json_keys: z.record(z.string(), jsonKey).nullish(),
  index_all: flag.optional(),
  max_depth: z.number().int().min(-1).optional(),
});

const line = z.looseObject({
  token: token.optional(),
  caseSensitive: flag.optional(),
  chn: flag.optional(),
  include_keys: z.array(z.string()).nullish(),
  exclude_keys: z.array(z.string()).nullish(),
});

const index = z.looseObject({
  line: line.nullish(),
  keys: z.record(z.string().min(1).max(128), key).nullish(),
  max_text_len: z.number().int().min(64).max(16_384).optional(),
});

/** First bytes of a value that SQL sees when the client names no length (sls-api §5.5). */
const DEFAULT_TEXT_LEN = 2048;

/**
 * An index configuration as a client writes it (sls-api §4.3). Unknown properties are kept in `wire`, so that it reads back as it was written.
 * @throws request.invalid with details.resource `index` and details.problems
 */
export function parseIndex(given: unknown, logstore: string, nowSec: number): IndexConfig {
  const refused = (problems: readonly string[]): SluiceError =>
    new SluiceError('request.invalid', `the index of ${logstore} is invalid: ${problems.join('; ')}`, {
      resource: 'index',
      name: logstore,
      problems,
    });
  const body = withoutNulls(given);
  const parsed = index.safeParse(body);
  if (!parsed.success) throw refused(parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`));
  const { data } = parsed;
  if ((data.line ?? null) === null && (data.keys ?? null) === null) throw refused(['line or keys is needed']);
  const lineIndex: LineIndex | null =
    data.line === null || data.line === undefined
      ? null
      : {
          token: data.line.token ?? [],
          caseSensitive: data.line.caseSensitive ?? false,
          chn: data.line.chn ?? false,
          includeKeys: data.line.include_keys ?? [],
          excludeKeys: data.line.exclude_keys ?? [],
        };
  if (lineIndex !== null && lineIndex.includeKeys.length > 0 && lineIndex.excludeKeys.length > 0)
    throw refused(['line.include_keys and line.exclude_keys exclude each other']);
  const problems: string[] = [];
  const names = new Map<string, string>();
  const unique = (name: string, owner: string): void => {
    const other = names.get(name);
    if (other === undefined) names.set(name, owner);
    else problems.push(`${owner}: the name ${name} is already taken by ${other}`);
  };
  const keys: Record<string, IndexKey> = {};
  for (const [name, k] of Object.entries(data.keys ?? {})) {
    unique(name, `keys.${name}`);
    if (k.alias !== undefined && k.alias !== null && k.alias !== '' && k.alias !== name) unique(k.alias, `keys.${name}.alias`);
    const jsonKeys: Record<string, IndexKey['jsonKeys'][string]> = {};
    for (const [path, j] of Object.entries(k.json_keys ?? {})) {
      if (j.alias !== undefined && j.alias !== '') unique(j.alias, `keys.${name}.json_keys.${path}.alias`);
      jsonKeys[path] = { type: j.type, docValue: j.doc_value ?? false, alias: j.alias ?? '' };
    }
    keys[name] = {
      type: k.type ?? 'text',
      token: k.token ?? [],
      caseSensitive: k.caseSensitive ?? false,
      chn: k.chn ?? false,
      docValue: k.doc_value ?? false,
      alias: k.alias ?? '',
      jsonKeys,
      indexAll: k.index_all ?? false,
      maxDepth: k.max_depth ?? -1,
    };
  }
  if (problems.length > 0) throw refused(problems);
  return {
    line: lineIndex,
    keys,
    maxTextLen: data.max_text_len ?? DEFAULT_TEXT_LEN,
    wire: body as Record<string, unknown>,
    lastModifySec: nowSec,
  };
}

/**
 * The configuration as GetIndex answers it: what the client wrote, with the members that strict clients insist on filled in where they were left out
 * (the Rust SDK: `caseSensitive, chn, token` of line and text keys, `doc_value` of every key; clients.md §3, rule 3).
 */
export function indexToWire(config: IndexConfig, ttlDays: number): Record<string, unknown> {
  const wire: Record<string, unknown> = { ...config.wire };
  if (typeof wire['line'] === 'object' && wire['line'] !== null)
    wire['line'] = { caseSensitive: false, chn: false, token: [], ...wire['line'] };
  if (typeof wire['keys'] === 'object' && wire['keys'] !== null)
    wire['keys'] = Object.fromEntries(
      Object.entries(wire['keys'] as Record<string, Record<string, unknown>>).map(([name, k]) => {
        const type = k['type'] ?? 'text';
        const text = type === 'text' || type === 'json' ? { caseSensitive: false, chn: false, token: [] } : {};
        return [name, { type, ...text, doc_value: false, ...k }];
      }),
    );
  return {
    ...wire,
    ttl: typeof wire['ttl'] === 'number' ? wire['ttl'] : ttlDays,
    max_text_len: config.maxTextLen,
    log_reduce: wire['log_reduce'] ?? false,
    index_mode: 'v2',
    storage: 'pg',
    lastModifyTime: config.lastModifySec,
  };
}
