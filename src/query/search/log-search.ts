import { call, col, raw, type Ch } from '../clickhouse/ch.ts';
import { storeExpr } from '../clickhouse/store-text.ts';
import { jsonLeaf } from '../catalog/log-catalog.ts';
import type { IndexConfig, IndexKey } from '../../control/catalog.ts';
import {
  anyTokenExpr,
  columnOf,
  columnTokenExpr,
  hasKeyExpr,
  hasTagExpr,
  lineExpr,
  rawLineExpr,
  restExpr,
  tagExpr,
  tagPattern,
  textExpr,
  type LogColumn,
  type LogTable,
} from '../../store/log-table.ts';
import type { SearchCatalog, SearchField, Tokenizing } from './search-catalog.ts';

const TAG = '__tag__:';
/** Topic, source and tags: the whole value is one term. */
const WHOLE: Tokenizing = { token: [], caseSensitive: false, chn: false };

/** Search over a logstore's table, as its index configuration allows it (sls-query §2.2, §2.3). */
export function logSearch(table: LogTable, index: IndexConfig): SearchCatalog {
  const keys = new Map<string, { key: string; config: IndexKey }>();
  for (const [key, config] of Object.entries(index.keys)) keys.set(key.toLowerCase(), { key, config });
  return {
    line: index.line === null ? null : { token: index.line.token, caseSensitive: index.line.caseSensitive, chn: index.line.chn },
    anyToken: (token) => storeExpr(anyTokenExpr(table, 'token'), { token }),
    lineText: (cased) => storeExpr(cased ? rawLineExpr(table) : lineExpr(table)),
    field(name) {
      const fixed = fixedField(name);
      if (fixed !== null) return fixed;
      const own = keys.get(name.toLowerCase());
      if (own !== undefined) return keyField(table, own.key, own.config);
      return leafField(table, keys, name);
    },
    names: () => [...[...keys.values()].map((one) => one.key), '__topic__', '__source__'],
  };
}

const field = (name: string, how: Tokenizing, text: Ch, has: Ch, more: Partial<SearchField> = {}): SearchField => ({
  name,
  type: 'text',
  ...how,
  text,
  has,
  number: null,
  prune: () => null,
  ...more,
});

function fixedField(name: string): SearchField | null {
  switch (name.toLowerCase()) {
    case '__source__':
      return field('__source__', WHOLE, col('source'), raw("(source != '')"));
    case '__topic__':
      return field('__topic__', WHOLE, col('topic'), raw("(topic != '')"));
    case '__time__':
      return field('__time__', WHOLE, raw('toString(toUnixTimestamp(time))'), raw('1'), {
        type: 'long',
        number: raw('toInt64(toUnixTimestamp(time))'),
      });
    default:
  }
  if (!name.startsWith(TAG)) return null;
  const tag = tagPattern(name.slice(TAG.length));
  return field(name, WHOLE, call('ifNull', storeExpr(tagExpr('tag'), { tag }), raw("''")), storeExpr(hasTagExpr('tag'), { tag }));
}

function keyField(table: LogTable, key: string, config: IndexKey): SearchField {
  const how = { token: config.token, caseSensitive: config.caseSensitive, chn: config.chn };
  const column = columnOf(table, key);
  if (column === null) {
    const text = storeExpr(restExpr('key'), { key });
    return numeric(field(key, how, call('ifNull', text, raw("''")), call('isNotNull', text)), config.type, text);
  }
  const text = textOf(table, column, key);
  const own = field(key, how, text, storeExpr(hasKeyExpr(column, 'key'), { key }), {
    prune: (token) => {
      const test = columnTokenExpr(table, column, 'token');
      return test === null || column.generation !== 1 ? null : storeExpr(test, { token });
    },
  });
  if (column.type === 'long' || column.type === 'double') return { ...own, type: column.type, number: col(column.name) };
  return numeric(own, config.type, text);
}

/** A text column is '' when absent, which is all that a search asks; older rows of a key that came later have it in `rest`. */
function textOf(table: LogTable, column: LogColumn, key: string): Ch {
  const older = column.generation !== 1 || table.columns.some((one) => one !== column && one.key === key);
  if (column.type === 'text' || column.type === 'json') {
    if (!older) return col(column.name);
  }
  return call('ifNull', storeExpr(textExpr(column, 'key'), { key }), raw("''"));
}

function numeric(of: SearchField, type: IndexKey['type'], text: Ch): SearchField {
  if (type === 'long') return { ...of, type, number: call('accurateCastOrNull', text, raw("'Int64'")) };
  if (type === 'double') return { ...of, type, number: call('toFloat64OrNull', text) };
  return of;
}

/** `a.b.c` of a JSON key: a configured leaf, or any text leaf where the key indexes all of them. */
function leafField(table: LogTable, keys: ReadonlyMap<string, { key: string; config: IndexKey }>, name: string): SearchField | null {
  for (let dot = name.indexOf('.'); dot > 0; dot = name.indexOf('.', dot + 1)) {
    const own = keys.get(name.slice(0, dot).toLowerCase());
    if (own === undefined || own.config.type !== 'json') continue;
    const path = name.slice(dot + 1);
    const leaf = Object.entries(own.config.jsonKeys).find(([key]) => key.toLowerCase() === path.toLowerCase());
    if (leaf === undefined && !own.config.indexAll) continue;
    const parent = keyField(table, own.key, own.config);
    const text = jsonLeaf(parent.text, leaf?.[0] ?? path);
    const made = field(`${own.key}.${leaf?.[0] ?? path}`, parent, call('ifNull', text, raw("''")), call('isNotNull', text), {
      prune: (token) => parent.prune(token),
    });
    return numeric(made, leaf?.[1].type ?? 'text', text);
  }
  return null;
}
