import { parseAllDocuments } from 'yaml';
import type { SigmaDocument, SigmaHead, SigmaLevel, SigmaLogsource } from './ast.ts';
import { parseCorrelation } from './correlation.ts';
import { isMap, nameOf, parseDetection } from './detection.ts';
import type { Placeholders } from './item.ts';
import { invalid, refused } from './refuse.ts';

type Doc = Readonly<Record<string, unknown>>;

export interface ParseOptions {
  /** Lists for `expand`; a rule that needs another is refused. */
  readonly placeholders?: Placeholders;
  /** Taxonomies of field names that the caller can map; others are refused. Default: `sigma`. */
  readonly taxonomies?: readonly string[];
}

/** Keys the specification defines; everything else is kept in `custom`. */
const KNOWN = new Set([
  'title',
  'id',
  'name',
  'related',
  'taxonomy',
  'status',
  'description',
  'license',
  'author',
  'references',
  'date',
  'modified',
  'logsource',
  'detection',
  'correlation',
  'filter',
  'fields',
  'falsepositives',
  'level',
  'tags',
  'scope',
  'generate',
]);

const LEVELS: readonly SigmaLevel[] = ['informational', 'low', 'medium', 'high', 'critical'];
/** A rule file is text people write; a megabyte of it is something else. */
const MAX_BYTES = 1_000_000;

/**
 * Reads a Sigma file: one or more YAML documents, each a rule, a correlation or a filter (specification 2.1.0).
 * @throws rule.invalid with the path inside the document; rule.refused with the construct that cannot be evaluated exactly
 */
export function parseSigma(yaml: string, options: ParseOptions = {}): readonly SigmaDocument[] {
  if (Buffer.byteLength(yaml) > MAX_BYTES) throw refused('', 'too_large', `the file is larger than ${MAX_BYTES} bytes`);
  const parsed = parseAllDocuments(yaml, { intAsBigInt: true, uniqueKeys: true, merge: true });
  const documents: SigmaDocument[] = [];
  for (const [i, doc] of (Array.isArray(parsed) ? parsed : []).entries()) {
    const [error] = doc.errors;
    if (error !== undefined) throw invalid(`document ${i + 1}`, error.message);
    let content: unknown;
    try {
      // Aliases may not multiply: a bomb of nested ones would fill the memory.
      content = plain(doc.toJS({ maxAliasCount: 100 }));
    } catch (thrown) {
      throw invalid(`document ${i + 1}`, (thrown as Error).message);
    }
    if (content === null || content === undefined) continue;
    documents.push(parseSigmaDocument(content, options));
  }
  if (documents.length === 0) throw invalid('', 'the file holds no document');
  return documents;
}

/** Reads one document that is already a plain object. @throws as parseSigma */
export function parseSigmaDocument(content: unknown, options: ParseOptions = {}): SigmaDocument {
  if (!isMap(content)) throw invalid('', `expected a map, found ${nameOf(content)}`);
  const doc: Doc = content;
  const head = headOf(doc);
  const taxonomy = doc['taxonomy'] ?? 'sigma';
  const known = options.taxonomies ?? ['sigma'];
  if (typeof taxonomy !== 'string' || !known.includes(taxonomy)) {
    throw refused('taxonomy', 'unknown_taxonomy', `taxonomy ${JSON.stringify(taxonomy)} is not one of ${known.join(', ')}`);
  }
  const placeholders = options.placeholders ?? {};
  if ('correlation' in doc) return parseCorrelation(doc, head);
  if ('filter' in doc) {
    const filter = doc['filter'];
    if (!isMap(filter)) throw invalid('filter', `expected a map, found ${nameOf(filter)}`);
    const { rules, ...detection } = filter;
    return {
      ...head,
      kind: 'filter',
      logsource: logsourceOf(doc),
      rules: rules === undefined || rules === 'any' ? null : texts(rules, 'filter.rules'),
      detection: parseDetection(detection, 'filter', placeholders),
    };
  }
  if (!('detection' in doc)) throw invalid('', 'expected one of detection, correlation, filter');
  const detection = parseDetection(doc['detection'], 'detection', placeholders);
  if (detection.kind === 'const') throw invalid('detection.condition', `the condition is always ${String(detection.value)}`);
  return { ...head, kind: 'rule', logsource: logsourceOf(doc), fields: texts(doc['fields'] ?? [], 'fields'), detection };
}

function headOf(doc: Doc): SigmaHead {
  const title = doc['title'];
  if (typeof title !== 'string' || title.trim() === '') throw invalid('title', `expected text, found ${nameOf(title)}`);
  if (title.length > 256) throw invalid('title', `expected at most 256 characters, found ${title.length}`);
  const level = doc['level'];
  if (level !== undefined && !LEVELS.includes(level as SigmaLevel))
    throw invalid('level', `expected one of ${LEVELS.join(', ')}, found ${nameOf(level)}`);
  return {
    title,
    id: text(doc, 'id'),
    name: text(doc, 'name'),
    status: text(doc, 'status'),
    description: text(doc, 'description'),
    author: Array.isArray(doc['author']) ? texts(doc['author'], 'author').join(', ') : text(doc, 'author'),
    license: text(doc, 'license'),
    date: text(doc, 'date'),
    modified: text(doc, 'modified'),
    references: texts(doc['references'] ?? [], 'references'),
    tags: texts(doc['tags'] ?? [], 'tags'),
    falsepositives: texts(doc['falsepositives'] ?? [], 'falsepositives'),
    level: (level as SigmaLevel | undefined) ?? null,
    custom: Object.fromEntries(Object.entries(doc).filter(([key]) => !KNOWN.has(key))),
  };
}

function logsourceOf(doc: Doc): SigmaLogsource {
  const logsource = doc['logsource'];
  if (!isMap(logsource)) throw invalid('logsource', `expected a map, found ${nameOf(logsource)}`);
  const part = (key: string): string | null => {
    const value = logsource[key];
    if (value === undefined || value === null) return null;
    if (typeof value !== 'string' || value === '') throw invalid(`logsource.${key}`, `expected text, found ${nameOf(value)}`);
    return value.toLowerCase();
  };
  const found = { category: part('category'), product: part('product'), service: part('service') };
  if (found.category === null && found.product === null && found.service === null) {
    throw invalid('logsource', 'expected at least one of category, product, service');
  }
  return found;
}

function text(doc: Doc, key: string): string {
  const value = doc[key];
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw invalid(key, `expected text, found ${nameOf(value)}`);
}

/** A list of texts; one text counts as a list of one. */
export function texts(value: unknown, path: string): readonly string[] {
  if (value === null || value === undefined) return [];
  const list = Array.isArray(value) ? value : [value];
  return list.map((one: unknown, i) => {
    if (typeof one === 'string' || typeof one === 'number') return String(one);
    if (one === null) return '';
    throw invalid(`${path}[${i}]`, `expected text, found ${nameOf(one)}`);
  });
}

/** Integers a number holds exactly become numbers, larger ones their decimal text. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Array.isArray(value)) return value.map(plain);
  if (isMap(value)) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]));
  return value;
}
