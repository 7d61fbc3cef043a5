import { CLASS_TABLES, classColumn, quoted, type ClassColumn, type ClassTable } from '../standardize/class-table.ts';
import { enumCaption, ocsfPath } from '../standardize/ocsf-schema.ts';
import type { EventColumn, EventTable } from './event-columns.ts';
import { sqlString } from './sql-text.ts';
import type { EventTables } from './compile-rule.ts';

/** Columns that keywords do not search: they say where the event is from, not what happened. */
const NOT_SEARCHED: ReadonlySet<string> = new Set(['rule', 'metadata.uid', 'metadata.log_name', 'observables']);

/** The class tables of standardization as rules see them. */
export const EVENT_TABLES: EventTables = new Map([...CLASS_TABLES].map(([classUid, table]) => [classUid, eventTable(table)]));

function eventTable(table: ClassTable): EventTable {
  const columns = table.columns.filter((one) => one.path !== 'observables').map(eventColumn);
  const known = new Map<string, EventColumn | null>();
  const unmapped = new Map<string, EventColumn>();
  return {
    classUid: table.classUid,
    table: quoted(table.table),
    columns,
    keywordColumns: columns.filter(
      (one) => (one.kind === 'text' || one.kind === 'texts' || one.kind === 'json') && !NOT_SEARCHED.has(one.path),
    ),
    column(path) {
      let found = known.get(path);
      if (found === undefined) {
        const column = path === 'observables' ? null : classColumn(table, path);
        found = column === null ? (captionColumn(table, path) ?? jsonColumn(table, path)) : eventColumn(column);
        // Names come from rules: only those that exist are kept.
        if (found !== null) known.set(path, found);
      }
      return found;
    },
    unmapped(name) {
      let found = unmapped.get(name);
      if (found === undefined) {
        found = unmappedColumn(name.startsWith('unmapped.') ? name.slice('unmapped.'.length) : name);
        unmapped.set(name, found);
      }
      return found;
    },
  };
}

function eventColumn(column: ClassColumn): EventColumn {
  return {
    path: column.path,
    kind: column.kind,
    nullable: column.absent === 'null',
    sql: quoted(column.path),
    ipv6: column.ipv6 === null ? null : quoted(column.ipv6),
  };
}

/** `status` of `status_id`, `activity_name` of `activity_id`: the caption of an enum, which is not stored. Null: the path is none. */
function captionColumn(table: ClassTable, path: string): EventColumn | null {
  for (const column of table.columns) {
    if (column.kind !== 'number' || column.list !== null || column.requirement === 'ours') continue;
    const attribute = ocsfPath(table.classUid, column.path)?.attribute;
    if (attribute?.s === undefined || attribute.e === undefined) continue;
    if ([...column.path.split('.').slice(0, -1), attribute.s].join('.') !== path) continue;
    const ids = Object.keys(attribute.e).map(Number);
    const captions = ids.map((id) => sqlString(enumCaption(attribute, id)));
    const id = column.absent === 'null' ? `ifNull(${quoted(column.path)}, 0)` : quoted(column.path);
    return {
      path,
      kind: 'text',
      nullable: false,
      sql: `transform(${id}, [${ids.join(',')}], [${captions.join(',')}], '')`,
      ipv6: null,
    };
  }
  return null;
}

/** `api.request.data.UserName`: a value inside a column of JSON text. Null: no such column. Lists and objects read as their JSON text. */
function jsonColumn(table: ClassTable, path: string): EventColumn | null {
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const column = classColumn(table, path.slice(0, dot));
    if (column === null || column.kind !== 'json' || column.path === 'observables' || column.path === 'unmapped') continue;
    return { ...insideJson(quoted(column.path), path.slice(dot + 1)), path };
  }
  return null;
}

/**
 * A name among what standardization left unmapped: a JSON object of texts. A dotted name is looked for as it stands first, then as a path, also into
 * texts that are JSON themselves.
 */
function unmappedColumn(name: string): EventColumn {
  return { ...insideJson(quoted('unmapped'), name), path: `unmapped.${name}` };
}

function insideJson(json: string, name: string): Omit<EventColumn, 'path'> {
  const read = (from: string, key: string): string => `JSONExtract(${from}, ${sqlString(key)}, 'Nullable(String)')`;
  const whole = read(json, name);
  const [first = '', ...rest] = name.split('.');
  let deep = read(json, first);
  for (const key of rest) deep = read(`ifNull(${deep}, '')`, key);
  return { kind: 'text', nullable: true, sql: rest.length === 0 ? whole : `coalesce(${whole}, ${deep})`, ipv6: null };
}
