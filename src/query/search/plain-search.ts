import type { FieldCatalog } from '../catalog/field-catalog.ts';
import { call, raw, type Ch } from '../clickhouse/ch.ts';
import type { SearchCatalog } from './search-catalog.ts';
import { DEFAULT_TOKENS, engineTokens } from './terms.ts';

/** Search over any catalog without indexes of its own: event tables, samples. Every field is text with the default delimiters, numbers are numbers. */
export function plainSearch(catalog: FieldCatalog): SearchCatalog {
  const how = { token: DEFAULT_TOKENS, caseSensitive: false, chn: false };
  const line = (cased: boolean): Ch => {
    const parts = catalog
      .fields()
      .filter((field) => field.shown)
      .map((field) => call('ifNull', field.text, raw("''")));
    const text =
      parts.length === 0
        ? raw("''")
        : raw("concatWithSeparator('\\n', ", ...parts.flatMap((part, i): (string | Ch)[] => [i === 0 ? '' : ', ', part]), ')');
    return cased ? text : call('lower', text);
  };
  return {
    line: how,
    anyToken: (token) => call('hasToken', line(false), { t: 'param', type: 'String', value: engineTokens(token)[0] ?? token }),
    lineText: line,
    field(name) {
      const field = catalog.field(name, true);
      if (field === null) return null;
      const type = field.type.k === 'bigint' ? 'long' : field.type.k === 'double' ? 'double' : 'text';
      return {
        name: field.name,
        type,
        ...how,
        text: call('ifNull', field.text, raw("''")),
        number: type === 'text' ? null : field.value,
        has: call('isNotNull', field.text),
        prune: () => null,
      };
    },
    names: () => catalog.fields().map((field) => field.name),
  };
}
