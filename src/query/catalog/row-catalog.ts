import { call, col, raw, type ChFrom } from '../clickhouse/ch.ts';
import { FieldIndex, type CatalogField, type FieldCatalog } from './field-catalog.ts';
import type { SqlType } from '../types/sql-type.ts';

export interface RowField {
  readonly name: string;
  readonly type: SqlType;
}

/** Catalog over rows written into a statement as JSON texts: for rule samples, tests and previews. Every row is one object of text values. */
export function rowCatalog(rows: readonly Readonly<Record<string, string>>[], fields: readonly RowField[]): FieldCatalog {
  const from: ChFrom = {
    t: 'sub',
    as: 'rows',
    of: {
      t: 'select',
      columns: [
        {
          as: 'r',
          ch: raw(
            'arrayJoin(',
            { t: 'param', type: 'Array(Map(String, String))', value: rows.map((row) => new Map(Object.entries(row))) },
            ')',
          ),
        },
      ],
      from: null,
    },
  };
  const text = (name: string): CatalogField['text'] =>
    raw(
      'if(mapContains(r, ',
      { t: 'param', type: 'String', value: name },
      '), r[',
      { t: 'param', type: 'String', value: name },
      '], NULL)',
    );
  const make = (name: string, type: SqlType): CatalogField => {
    const value =
      type.k === 'bigint' ? call('toInt64OrNull', text(name)) : type.k === 'double' ? call('toFloat64OrNull', text(name)) : text(name);
    return { name, alias: '', type, nullable: true, value, text: text(name), shown: true };
  };
  const index = new FieldIndex(fields.map((field) => make(field.name, field.type)));
  return {
    from,
    where: null,
    fields: () => index.fields,
    field: (name, fold) => index.find(name, fold),
    loose: (name) => make(name, { k: 'varchar' }),
    record: () => col('r'),
  };
}
