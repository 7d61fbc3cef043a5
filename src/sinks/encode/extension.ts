import type { GroupReader } from '../../core/group-reader.ts';
import type { SyslogConfig } from '../syslog/config.ts';
import { capEnd, put, putLatin1, same, TEXT_GROWTH, textTable, writeDigits, writeNumber, writeText, type TextTable } from './byte-text.ts';
import type { MessageBody } from './message-body.ts';
import { BARE, NO_CAP } from './record-encoder.ts';
import { watched, type WatchedField } from './log-object.ts';

/** Well-known fields of logs and what CEF calls them (ArcSight Common Event Format 26); the first field of a log that fits has the key. */
const CEF_KEYS: Readonly<Record<string, readonly string[]>> = {
  src: ['src', 'src_ip', 'source_ip', 'client_ip', 'real_client_ip', 'remote_addr', 'sourceIpAddress'],
  dst: ['dst', 'dst_ip', 'dest_ip', 'destination_ip', 'server_ip', 'upstream_ip'],
  spt: ['spt', 'src_port', 'source_port', 'client_port', 'remote_port'],
  dpt: ['dpt', 'dst_port', 'dest_port', 'destination_port', 'server_port'],
  suser: ['suser', 'user', 'user_name', 'username', 'src_user'],
  duser: ['duser', 'dst_user', 'target_user'],
  shost: ['shost', 'src_host', 'client_host'],
  dhost: ['dhost', 'host', 'dst_host', 'hostname', 'matched_host'],
  request: ['request', 'url', 'uri', 'request_uri', 'request_url'],
  requestMethod: ['requestMethod', 'method', 'request_method', 'http_method'],
  requestClientApplication: ['user_agent', 'http_user_agent'],
  act: ['act', 'action', 'final_action'],
  app: ['app', 'application', 'service'],
  proto: ['proto', 'protocol', 'ip_protocol'],
  cat: ['cat', 'category', 'event_type'],
  outcome: ['outcome', 'result'],
  msg: ['msg', 'message'],
  fileHash: ['fileHash', 'md5', 'sha256', 'file_hash'],
};
/** The same for LEEF (IBM, "Predefined LEEF event attributes"). */
const LEEF_KEYS: Readonly<Record<string, readonly string[]>> = {
  src: CEF_KEYS['src']!,
  dst: CEF_KEYS['dst']!,
  srcPort: CEF_KEYS['spt']!,
  dstPort: CEF_KEYS['dpt']!,
  usrName: CEF_KEYS['suser']!,
  proto: CEF_KEYS['proto']!,
  cat: CEF_KEYS['cat']!,
  url: CEF_KEYS['request']!,
  policy: ['policy', 'rule', 'rule_id', 'final_rule_id'],
  resource: ['resource', 'resource_id'],
};

interface Key {
  /** As the log has it. */
  readonly field: Buffer;
  /** Of the known keys of the format; -1: a name of its own. */
  readonly known: number;
  readonly knownName: Buffer;
  readonly ownName: Buffer;
}

export interface ExtensionFormat {
  readonly kind: 'cef' | 'leef';
  readonly headerTable: TextTable;
  readonly valueTable: TextTable;
  readonly separator: Buffer;
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

export const CEF: ExtensionFormat = {
  kind: 'cef',
  headerTable: textTable(
    [
      ['\\', '\\'],
      ['|', '|'],
    ],
    'space',
  ),
  valueTable: textTable(
    [
      ['\\', '\\'],
      ['=', '='],
      ['\n', 'n'],
      ['\r', 'r'],
    ],
    'space',
  ),
  separator: Buffer.from(' '),
  keys: CEF_KEYS,
};

/** LEEF knows no escapes: what would end a part becomes a space. */
export const LEEF: ExtensionFormat = {
  kind: 'leef',
  headerTable: textTable([], 'space', '|'),
  valueTable: textTable([], 'space'),
  separator: Buffer.from('\t'),
  keys: LEEF_KEYS,
};

/** Most keys of logs that are remembered with their names: logs of one logstore have some dozens. */
const MOST_KEYS = 4096;
const DEFAULT_SEVERITY = 3;

/** CEF (`CEF:0|vendor|product|version|signature|name|severity|key=value …`) and LEEF 2.0 (`LEEF:2.0|vendor|product|version|event id|x09|key=value⇥…`). */
export class ExtensionBody implements MessageBody {
  readonly #reader: GroupReader;
  readonly #format: ExtensionFormat;
  readonly #head: Buffer;
  readonly #signature: Buffer;
  readonly #name: Buffer;
  readonly #signatureField: WatchedField | null;
  readonly #nameField: WatchedField | null;
  readonly #severity: () => number;
  readonly #known: readonly string[];
  readonly #knownOf = new Map<string, number>();
  readonly #keys = new Map<string, Key>();
  /** Key at each position of the log before: the order of keys barely changes. */
  readonly #predicted: Key[] = [];

  /** @param severity syslog severity (0 worst) of the log in the reader */
  constructor(reader: GroupReader, format: ExtensionFormat, config: SyslogConfig, logstore: string, severity: () => number) {
    this.#reader = reader;
    this.#format = format;
    this.#severity = severity;
    const header = (text: string): Buffer => {
      const bytes = Buffer.from(text);
      const out = Buffer.alloc(bytes.length * TEXT_GROWTH);
      return out.subarray(0, writeText(bytes, 0, bytes.length, out, 0, format.headerTable));
    };
    const start = format.kind === 'cef' ? 'CEF:0' : 'LEEF:2.0';
    this.#head = Buffer.concat([
      Buffer.from(`${start}|`),
      header(config.vendor),
      Buffer.from('|'),
      header(config.product ?? logstore),
      Buffer.from('|'),
      header(config.productVersion),
      Buffer.from('|'),
    ]);
    this.#signature = header(config.signature);
    this.#name = header(config.name ?? logstore);
    this.#signatureField = watched(config.signatureField);
    this.#nameField = watched(config.nameField);
    this.#known = [...new Set([...Object.keys(format.keys), ...Object.values(config.map)])];
    for (const [key, fields] of Object.entries(format.keys)) for (const field of fields) this.#knownOf.set(field, this.#known.indexOf(key));
    for (const [field, key] of Object.entries(config.map)) this.#knownOf.set(field, this.#known.indexOf(key));
  }

  openGroup(): void {
    // Nothing of the group but its logs goes into an extension.
  }

  room(textBytes: number): number {
    const { reader, head } = { reader: this.#reader, head: this.#head };
    // A name of ours is at most as long as the key, or one of the known ones; severity, times and id come to less than 1 kB.
    return textBytes * TEXT_GROWTH * 2 + reader.contents * 40 + head.length + this.#signature.length + this.#name.length + 2048;
  }

  write(group: Buffer, out: Buffer, start: number, id: string, cap: number): number {
    const reader = this.#reader;
    const { kind, separator, valueTable } = this.#format;
    this.#find(group);
    let at = put(out, start, this.#head);
    at = this.#headerValue(group, out, at, this.#signatureField, this.#signature);
    out[at++] = 0x7c;
    const severity = this.#severity();
    if (kind === 'cef') {
      at = this.#headerValue(group, out, at, this.#nameField, this.#name);
      out[at++] = 0x7c;
      at = writeNumber(out, at, cefSeverity(severity));
      at = putLatin1(out, at, '|rt=');
    } else {
      at = putLatin1(out, at, 'x09|sev=');
      at = writeNumber(out, at, Math.max(1, cefSeverity(severity)));
      at = putLatin1(out, at, '\tdevTime=');
    }
    at = writeNumber(out, at, Math.max(0, reader.timeSec));
    at = writeDigits(out, at, Math.floor(reader.timeNsPart / 1e6), 3);
    at = put(out, at, separator);
    at = putLatin1(out, at, kind === 'cef' ? 'externalId=' : 'sluiceId=');
    at = putLatin1(out, at, id);
    const used = new Uint8Array(this.#known.length);
    for (let position = 0; cap !== BARE && reader.nextContent(); position++) {
      const key = this.#key(group, position);
      at = put(out, at, separator);
      const first = key.known >= 0 && used[key.known] === 0;
      if (first) used[key.known] = 1;
      at = put(out, at, first ? key.knownName : key.ownName);
      out[at++] = 0x3d;
      at = writeText(group, reader.valueStart, capEnd(group, reader.valueStart, reader.valueEnd, cap), out, at, valueTable);
    }
    return cap === NO_CAP ? at : putLatin1(out, put(out, at, separator), 'sluiceCut=true');
  }

  /** Values of the header come before the fields are written. */
  #find(group: Buffer): void {
    const fields = [this.#signatureField, this.#nameField].filter((field) => field !== null);
    if (fields.length === 0) return;
    for (const field of fields) field.start = field.end = -1;
    const reader = this.#reader;
    while (reader.nextContent())
      for (const field of fields)
        if (same(group, reader.keyStart, reader.keyEnd, field.name)) {
          field.start = reader.valueStart;
          field.end = reader.valueEnd;
        }
    reader.rewindContents();
  }

  #headerValue(group: Buffer, out: Buffer, at: number, field: WatchedField | null, otherwise: Buffer): number {
    if (field === null || field.end <= field.start) return put(out, at, otherwise);
    return writeText(group, field.start, capEnd(group, field.start, field.end, 512), out, at, this.#format.headerTable);
  }

  #key(group: Buffer, position: number): Key {
    const { keyStart, keyEnd } = this.#reader;
    const predicted = this.#predicted[position];
    if (predicted !== undefined && same(group, keyStart, keyEnd, predicted.field)) return predicted;
    const text = group.toString('latin1', keyStart, keyEnd);
    let key = this.#keys.get(text);
    if (key === undefined) {
      if (this.#keys.size >= MOST_KEYS) this.#keys.clear();
      const known = this.#knownOf.get(text) ?? -1;
      key = {
        field: Buffer.from(text, 'latin1'),
        known,
        knownName: Buffer.from(this.#known[known] ?? ''),
        ownName: Buffer.from(extensionName(text)),
      };
      this.#keys.set(text, key);
    }
    this.#predicted[position] = key;
    return key;
  }
}

/** `request_time.msec` → `requestTimeMsec`: keys of extensions are letters and digits. */
function extensionName(field: string): string {
  const name = field.replace(/[^A-Za-z0-9]+([A-Za-z0-9])?/g, (_, next: string | undefined) => next?.toUpperCase() ?? '');
  return name === '' ? 'field' : name;
}

/** 0 to 10, worst last, of a syslog severity, worst first. */
function cefSeverity(severity: number): number {
  return [10, 10, 9, 7, 5, 4, DEFAULT_SEVERITY, 1][severity] ?? DEFAULT_SEVERITY;
}
