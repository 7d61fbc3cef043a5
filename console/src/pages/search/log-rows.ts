import type { QueryAnswerBody, RowIdentity } from '../../../../src/api/rest/contract/search.ts';
import { SEVERITIES, type Severity } from '../../kit/severity.ts';

/** Keys of a log that are about its receipt, not its content. */
export function isMetaKey(key: string): boolean {
  return key === '__time__' || key === '__time_ns_part__' || key === '__source__' || key === '__topic__' || key.startsWith('__tag__:');
}

/** One log as the grid shows it. */
export interface LogRow {
  readonly id: string;
  readonly identity: RowIdentity;
  readonly timeMs: number;
  readonly source: string;
  readonly topic: string;
  readonly values: ReadonlyMap<string, string>;
}

export function idOf(identity: RowIdentity): string {
  return `${identity.shard}.${identity.cursor}.${identity.index}`;
}

/** Logs of an answer, in its order. */
export function rowsOf(answer: QueryAnswerBody): LogRow[] {
  const names = answer.columns.map((column) => column.name);
  return answer.rows.flatMap((cells, at) => {
    const identity = answer.identities[at];
    if (!identity) return [];
    const values = new Map<string, string>();
    let seconds = 0;
    let nanos = 0;
    let source = '';
    let topic = '';
    names.forEach((name, column) => {
      const cell = cells[column];
      if (cell === null || cell === undefined) return;
      if (name === '__time__') seconds = Number(cell);
      else if (name === '__time_ns_part__') nanos = Number(cell);
      else if (name === '__source__') source = cell;
      else if (name === '__topic__') topic = cell;
      values.set(name, cell);
    });
    return [{ id: idOf(identity), identity, timeMs: seconds * 1000 + Math.floor(nanos / 1e6), source, topic, values }];
  });
}

/** Fields that tell most in one line, best first; where several mean the same, logs have one of them. */
const TELLING = [
  'src_ip',
  'real_client_ip',
  'client_ip',
  'sourceIPAddress',
  'event.sourceIpAddress',
  'attack_ip',
  'sip',
  'remote_addr',
  'host',
  'eventName',
  'event.eventName',
  'status',
  'method',
  'request_method',
  'request_uri',
  'request_path',
  'uri',
  'url',
  'cmdline',
  'proc_path',
  'sql',
  'query',
  'object',
  'action',
  'final_action',
  'rule_type',
  'rule_name',
  'user_agent',
  'http_user_agent',
  'user',
  'userName',
  'user_name',
  'dst_ip',
  'dip',
  'dst_port',
  'message',
  'content',
];

/** Up to six columns that most of the rows have. Empty: the rows are too different, so one column shows whole logs. */
export function chooseColumns(rows: readonly LogRow[]): readonly string[] {
  const sample = rows.slice(0, 100);
  if (sample.length === 0) return [];
  const share = (key: string) => sample.filter((row) => row.values.has(key)).length / sample.length;
  return TELLING.filter((key) => share(key) >= 0.6).slice(0, 6);
}

export interface FieldSeen {
  readonly name: string;
  /** Distinct values among the rows shown. */
  readonly distinct: number;
  readonly rows: number;
}

/** What the loaded rows have, by name. */
export function fieldsSeen(rows: readonly LogRow[]): ReadonlyMap<string, FieldSeen> {
  const values = new Map<string, Set<string>>();
  const counts = new Map<string, number>();
  for (const row of rows) {
    for (const [name, value] of row.values) {
      if (name === '__time__' || name === '__time_ns_part__') continue;
      let set = values.get(name);
      if (!set) values.set(name, (set = new Set()));
      set.add(value);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return new Map([...values].map(([name, set]) => [name, { name, distinct: set.size, rows: counts.get(name) ?? 0 }]));
}

const SEVERITY_KEYS = ['severity', 'level', 'risk_level', 'event_level'];

/** Severity a log states itself, for the row's edge; null: it states none. */
export function statedSeverity(row: LogRow): Severity | null {
  for (const key of SEVERITY_KEYS) {
    const value = row.values.get(key)?.toLowerCase();
    if (value === undefined) continue;
    const known = SEVERITIES.find((severity) => value.startsWith(severity));
    if (known) return known;
    if (value === 'serious') return 'critical';
    if (value === 'suspicious' || value === 'warning' || value === 'warn') return 'medium';
    if (value === 'error') return 'high';
  }
  return null;
}

/** The log as JSON, meta keys included: what `c` copies and the JSON view shows. */
export function jsonOf(row: LogRow): Record<string, string> {
  return Object.fromEntries(row.values);
}
