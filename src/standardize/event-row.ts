import { type ClassColumn, type ClassTable, quoted } from './class-table.ts';
import { enumCaption, OCSF_VERSION, observableTypeName, ocsfCategory, ocsfClass, ocsfPath } from './ocsf-schema.ts';

/** An OCSF event as nested JSON. */
export type OcsfEvent = Readonly<Record<string, unknown>>;

/** Identity of the log that an event was made from, and the rule that made it. Integers of 64 bits are text. */
export interface EventOrigin {
  readonly logstore: number;
  readonly shard: number;
  readonly cursor: string;
  readonly index: number;
  readonly rule: string;
  readonly revision: number;
  /** Unix ms. */
  readonly receivedMs: number;
  /** The log's own time could not be used: `time` is the time of the channel. */
  readonly timeReplaced: boolean;
}

/**
 * The SELECT list that `eventFromRow` reads: every column of the class in the order of `table.columns`, times as Unix ms. Without names of its own: the engine would take
 * an alias `time` for the column in WHERE and ORDER BY.
 */
export function eventSelectList(table: ClassTable): string {
  return table.columns.map((one) => (one.kind === 'time' ? `toUnixTimestamp64Milli(${quoted(one.path)})` : quoted(one.path))).join(', ');
}

/** A row of `eventSelectList` as the event it is: absent values left out, captions of ids added, lists of objects put together. */
export function eventFromRow(table: ClassTable, row: readonly unknown[]): { readonly event: OcsfEvent; readonly origin: EventOrigin } {
  const made = storedEvent(table, row);
  complete(table, made.event);
  return made;
}

/** The same without what follows from the class and the ids: only what has a column. */
export function storedEvent(
  table: ClassTable,
  row: readonly unknown[],
): { readonly event: Record<string, unknown>; readonly origin: EventOrigin } {
  const event: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  const lists = new Map<string, { column: ClassColumn; values: readonly unknown[] }[]>();
  for (const [index, column] of table.columns.entries()) {
    const value = row[index];
    if (column.requirement === 'ours') {
      own[column.path] = value;
      continue;
    }
    if (isAbsent(column, value)) continue;
    if (column.path === 'observables') event[column.path] = observables(value as readonly unknown[]);
    else if (column.list !== null) {
      const members = lists.get(column.list) ?? [];
      members.push({ column, values: value as readonly unknown[] });
      lists.set(column.list, members);
    } else setPath(event, column.path, scalar(column, value));
  }
  for (const [path, members] of lists) setPath(event, path, zip(path, members));
  return {
    event,
    origin: {
      logstore: Number(own['logstore']),
      shard: Number(own['shard']),
      cursor: String(own['cursor']),
      index: Number(own['idx']),
      rule: String(own['rule']),
      revision: Number(own['revision']),
      receivedMs: Number(own['received']),
      timeReplaced: Number(own['time_replaced']) === 1,
    },
  };
}

function isAbsent(column: ClassColumn, value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (column.absent === 'never') return false;
  if (Array.isArray(value)) return value.length === 0;
  return value === '';
}

/** JSON text is shown as what it says; integers as numbers while a number holds them. */
function scalar(column: ClassColumn, value: unknown): unknown {
  if (column.kind === 'json') return parsed(String(value));
  if (column.kind === 'number' || column.kind === 'time') return number(value);
  if (column.kind === 'numbers') return (value as readonly unknown[]).map((one) => (one === null ? null : number(one)));
  return value;
}

function number(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const asNumber = Number(value);
  return Number.isInteger(asNumber) && !Number.isSafeInteger(asNumber) ? value : asNumber;
}

/** The value of a JSON text; text that is no JSON stays text, so that nothing is lost. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return text;
    throw thrown;
  }
}

function setPath(target: Record<string, unknown>, path: string, value: unknown): void {
  const segments = path.split('.');
  let at = target;
  for (const segment of segments.slice(0, -1)) {
    const next = at[segment];
    if (typeof next === 'object' && next !== null && !Array.isArray(next)) at = next as Record<string, unknown>;
    else at = at[segment] = {} as Record<string, unknown>;
  }
  at[segments.at(-1) as string] = value;
}

/** Parallel arrays to an array of objects; members without any value are left out. */
function zip(path: string, members: readonly { column: ClassColumn; values: readonly unknown[] }[]): unknown[] {
  const length = Math.max(...members.map((member) => member.values.length));
  const objects: unknown[] = [];
  for (let index = 0; index < length; index++) {
    const object: Record<string, unknown> = {};
    for (const { column, values } of members) {
      const value = values[index];
      if (value === undefined || value === null || value === '') continue;
      const shown =
        column.kind === 'numbers' ? number(value) : column.ocsf === 'json_t' && typeof value === 'string' ? parsed(value) : value;
      setPath(object, column.path.slice(path.length + 1), shown);
    }
    if (Object.keys(object).length > 0) objects.push(object);
  }
  return objects;
}

function observables(values: readonly unknown[]): unknown[] {
  return values.map((one) => {
    const [typeId, name, value] = Array.isArray(one) ? (one as unknown[]) : Object.values(one as Record<string, unknown>);
    return { type_id: Number(typeId), type: observableTypeName(Number(typeId)), name, value };
  });
}

/** What follows from the class and the ids: names, captions, schema version, profiles. */
function complete(table: ClassTable, event: Record<string, unknown>): void {
  const found = ocsfClass(table.classUid);
  event['class_name'] = found.caption;
  event['category_name'] = ocsfCategory(found).caption;
  for (const column of table.columns) {
    if (column.kind !== 'number' || column.list !== null || column.requirement === 'ours') continue;
    const at = ocsfPath(table.classUid, column.path)?.attribute;
    const id = readPath(event, column.path);
    if (at?.s === undefined || at.e === undefined || typeof id !== 'number') continue;
    const sibling = [...column.path.split('.').slice(0, -1), at.s].join('.');
    const caption = enumCaption(at, id);
    if (caption !== '' && readPath(event, sibling) === undefined) setPath(event, sibling, caption);
  }
  const activity = event['activity_name'];
  event['type_name'] = `${found.caption}: ${typeof activity === 'string' ? activity : 'Unknown'}`;
  setPath(event, 'metadata.version', OCSF_VERSION);
  setPath(event, 'metadata.profiles', profiles(table, event));
}

/** Profiles whose attributes the event has. */
function profiles(table: ClassTable, event: Record<string, unknown>): string[] {
  const used = new Set<string>();
  for (const top of Object.keys(event)) {
    const profile = ocsfPath(table.classUid, top)?.attribute.p;
    if (profile !== undefined) used.add(profile);
  }
  return [...used].sort();
}

function readPath(event: Record<string, unknown>, path: string): unknown {
  let at: unknown = event;
  for (const segment of path.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[segment];
  }
  return at;
}
