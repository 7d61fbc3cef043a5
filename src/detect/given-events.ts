import { quoted, type ClassColumn, type ClassTable } from '../standardize/class-table.ts';
import { sqlString } from './sql-text.ts';

/** An OCSF event as nested JSON; `time` in Unix ms. */
export type GivenEvent = Readonly<Record<string, unknown>>;

/**
 * Events that stand in the statement itself, as a table expression with the columns of their class: rules are tested on it as on the stored ones. The place of an event in
 * the list is its column `idx`.
 */
export function givenEvents(
  table: ClassTable,
  events: readonly GivenEvent[],
): { readonly from: string; readonly params: Readonly<Record<string, unknown>> } {
  const structure = table.columns.map((one) => `${quoted(one.path)} ${one.type}`).join(', ');
  const twins = table.columns.flatMap((one) => (one.ipv6 === null ? [] : [`toIPv6OrDefault(${quoted(one.path)}) AS ${quoted(one.ipv6)}`]));
  const lines = events.map((event, index) => JSON.stringify({ ...columnsOf(table, event), class_uid: table.classUid, idx: index }));
  return {
    from: `(SELECT *${twins.map((one) => `, ${one}`).join('')} FROM format(JSONEachRow, ${sqlString(structure)}, {given:String}))`,
    params: { given: lines.join('\n') },
  };
}

/** Values of an event by column. What has no column is left out; a list of objects becomes one array per leaf. */
export function columnsOf(table: ClassTable, event: GivenEvent): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const column of table.columns) {
    const value = column.list === null ? pathOf(event, column.path) : membersOf(event, column);
    if (value !== undefined && value !== null) row[column.path] = cell(column, value);
  }
  return row;
}

function pathOf(event: unknown, path: string): unknown {
  let at = event;
  for (const segment of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[segment];
  }
  return at;
}

function membersOf(event: GivenEvent, column: ClassColumn): unknown {
  const list = column.list as string;
  const members = pathOf(event, list);
  if (!Array.isArray(members)) return undefined;
  const leaf = column.path.slice(list.length + 1);
  const filler = column.kind === 'numbers' ? null : '';
  return members.map((member: unknown) => {
    const value = pathOf(member, leaf) ?? filler;
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  });
}

/** In the form that the engine reads for the column's type. */
function cell(column: ClassColumn, value: unknown): unknown {
  if (column.path === 'observables') return value;
  if (column.kind === 'json') return typeof value === 'string' ? value : JSON.stringify(value);
  if (column.kind === 'time') return timeText(value);
  if (column.kind === 'text') return typeof value === 'string' ? value : JSON.stringify(value);
  if (column.kind === 'texts')
    return Array.isArray(value) ? value.map((one: unknown) => (typeof one === 'string' ? one : JSON.stringify(one))) : [String(value)];
  if (column.kind === 'numbers') return Array.isArray(value) ? value : [value];
  return value;
}

function timeText(value: unknown): unknown {
  const ms = typeof value === 'number' ? value : Date.parse(String(value));
  // What is no time is left to the engine, which names the column in its refusal.
  return Number.isFinite(ms) ? new Date(ms).toISOString().replace('T', ' ').replace('Z', '') : value;
}
