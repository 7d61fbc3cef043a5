import { call, col, raw, type Ch, type ChFrom } from '../clickhouse/ch.ts';
import { arrayOf, mapOf, type SqlType } from '../types/sql-type.ts';
import { FieldIndex, type CatalogField, type FieldCatalog } from './field-catalog.ts';

/** A column of a table of ours, such as an event class: `type` is the engine's, as in `CREATE TABLE`. */
export interface PlainColumn {
  /** Name users write (`src_endpoint.ip`). */
  readonly name: string;
  /** Name in the engine; a plain identifier. */
  readonly column: string;
  readonly type: string;
  readonly alias?: string;
}

/** Catalog over a flat list of columns. */
export function columnCatalog(from: ChFrom, columns: readonly PlainColumn[], where: Ch | null = null): FieldCatalog {
  const index = new FieldIndex(columns.map(plainField));
  return {
    from,
    where,
    fields: () => index.fields,
    field: (name, fold) => index.find(name, fold),
    loose: () => null,
    record: () => null,
  };
}

function plainField(column: PlainColumn): CatalogField {
  const { type, nullable, ch } = fromEngine(col(column.column), column.type);
  const text =
    nullable && type.k !== 'array' && type.k !== 'map'
      ? call('toString', ch)
      : type.k === 'array' || type.k === 'map'
        ? call('toJSONString', ch)
        : call('toString', ch);
  return { name: column.name, alias: column.alias ?? '', type, nullable, value: ch, text, shown: true };
}

/** Type of a value that the engine holds as `engine`, and how it is read. */
export function fromEngine(ch: Ch, engine: string): { type: SqlType; nullable: boolean; ch: Ch } {
  const low = /^LowCardinality\((.*)\)$/.exec(engine);
  if (low !== null) return fromEngine(ch, low[1]!);
  const inner = /^Nullable\((.*)\)$/.exec(engine);
  if (inner !== null) return { ...fromEngine(ch, inner[1]!), nullable: true };
  const plain = (type: SqlType, value: Ch = ch): { type: SqlType; nullable: boolean; ch: Ch } => ({ type, nullable: false, ch: value });
  if (/^U?Int(8|16|32)$/.test(engine) || engine === 'Int64') return plain({ k: 'bigint' }, engine === 'Int64' ? ch : call('toInt64', ch));
  if (engine === 'UInt64') return plain({ k: 'bigint' }, call('reinterpretAsInt64', ch));
  if (engine === 'Float64' || engine === 'Float32') return plain({ k: 'double' }, call('toFloat64', ch));
  if (engine === 'Bool') return plain({ k: 'boolean' });
  if (engine === 'Date' || engine === 'Date32') return plain({ k: 'date' }, call('toDate32', ch));
  if (engine.startsWith('DateTime')) return plain({ k: 'timestamp' }, call('toDateTime64', ch, raw('3')));
  if (engine === 'IPv4' || engine === 'IPv6' || engine === 'UUID' || engine.startsWith('Enum'))
    return plain({ k: 'varchar' }, call('toString', ch));
  const array = /^Array\((.*)\)$/.exec(engine);
  if (array !== null) {
    const of = fromEngine(raw('e_'), array[1]!);
    return plain(
      arrayOf(of.type),
      raw(
        'arrayMap(e_ -> ',
        of.type.k === 'array' || of.type.k === 'map' ? call('array', of.ch) : call('toNullable', of.ch),
        ', ',
        ch,
        ')',
      ),
    );
  }
  const map = /^Map\(([^,]*), (.*)\)$/.exec(engine);
  if (map !== null) {
    const key = fromEngine(raw('k_'), map[1]!);
    const value = fromEngine(raw('v_'), map[2]!);
    const made = raw(
      'mapFromArrays(arrayMap(k_ -> ',
      key.ch,
      ', mapKeys(',
      ch,
      ')), arrayMap(v_ -> ',
      call('toNullable', value.ch),
      ', mapValues(',
      ch,
      ')))',
    );
    return plain(mapOf(key.type, value.type), made);
  }
  return plain({ k: 'varchar' }, engine === 'String' ? ch : call('toString', ch));
}
