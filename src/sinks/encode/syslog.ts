import { FACILITIES, messageBytes, SEVERITIES, type SyslogConfig } from '../syslog/config.ts';
import { capEnd, put, putLatin1, same, TEXT_GROWTH, textTable, writeNumber, writeText } from './byte-text.ts';
import { CEF, ExtensionBody, LEEF } from './extension.ts';
import type { ShardOrigin } from './log-encoder.ts';
import { watched, type WatchedField } from './log-object.ts';
import { JsonBody, PairsBody, type MessageBody } from './message-body.ts';
import { BARE, RecordEncoder } from './record-encoder.ts';
import { severityNumber } from './severity-words.ts';
import { SyslogTime } from './syslog-time.ts';

const SPACE = 0x20;
const NIL = 0x2d;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** RFC 5424 §6.3.3: exactly these three are escaped. */
const PARAM = textTable(
  [
    ['"', '"'],
    ['\\', '\\'],
    [']', ']'],
  ],
  'octal',
);
/** Largest value of a field in the structured data. */
const PARAM_BYTES = 256;
const HOST_BYTES = 255;

/**
 * Logs as syslog messages: RFC 5424 (`<PRI>1 TIME HOST APP - - [sluice@32473 id="…"] MSG`), RFC 3164 (`<PRI>Mmm dd hh:mm:ss HOST TAG: MSG`), CEF and LEEF, with the
 * framing of the transport (RFC 6587: length in front, or a line feed behind; none in a datagram).
 */
export class SyslogEncoder extends RecordEncoder {
  readonly #config: SyslogConfig;
  readonly #body: MessageBody;
  readonly #time: SyslogTime;
  readonly #framing: 'octet' | 'lf' | 'none';
  readonly #header: 'rfc5424' | 'rfc3164' | 'none';
  readonly #facility: number;
  readonly #severityByDefault: number;
  readonly #severityField: WatchedField | null;
  readonly #hostField: WatchedField | null;
  readonly #sdFields: readonly { readonly watch: WatchedField; readonly name: Buffer }[];
  readonly #watched: readonly WatchedField[];
  readonly #app: Buffer;
  readonly #idPrefix: string;
  /** The id stands in the structured data. */
  readonly #withId: boolean;
  /** The body writes it. */
  readonly #bodyWithId: boolean;
  /** Host of the current group. */
  readonly #host = Buffer.alloc(HOST_BYTES);
  #hostLength = 0;
  #severity = 6;
  /** Digits of the last length: those of the next one, mostly. */
  #digits = 3;

  constructor(config: SyslogConfig, origin: ShardOrigin) {
    super(messageBytes(config));
    this.#config = config;
    this.#framing = config.transport === 'udp' ? 'none' : config.framing;
    const plain = config.format === 'rfc5424' || config.format === 'rfc3164';
    this.#header = config.format === 'rfc5424' || config.format === 'rfc3164' ? config.format : config.header;
    this.#time = new SyslogTime(config.timeZone);
    this.#facility = FACILITIES.indexOf(config.facility) * 8;
    this.#severityByDefault = SEVERITIES.indexOf(config.severity);
    this.#severityField = watched(config.severityField);
    this.#hostField = config.hostname === undefined ? watched(config.hostnameField) : null;
    this.#sdFields =
      this.#header === 'rfc5424'
        ? config.fieldsInStructuredData.map((field) => ({
            watch: watched(field)!,
            // Names are up to 32 printable characters without = ] " (RFC 5424 §6.3.3).
            name: Buffer.from(` ${field.replace(/[^!-~]|[=\]"]/g, '_').slice(0, 32)}="`),
          }))
        : [];
    this.#watched = [this.#severityField, this.#hostField, ...this.#sdFields.map((field) => field.watch)].filter((field) => field !== null);
    // A logstore's name is letters, digits, - and _.
    const app = config.tag ?? origin.logstore.slice(0, 48);
    this.#app = Buffer.from(this.#header === 'rfc3164' ? app.replace(/[^!-~]/g, '_').slice(0, 32) : app, 'latin1');
    this.#idPrefix = `${origin.project}/${origin.logstore}/${origin.shard}/`;
    this.#bodyWithId = !plain;
    this.#withId = plain && this.#header === 'rfc5424' && config.structuredData;
    this.#body = plain
      ? config.message === 'json'
        ? new JsonBody(this.reader)
        : new PairsBody(this.reader, config)
      : new ExtensionBody(this.reader, config.format === 'cef' ? CEF : LEEF, config, origin.logstore, () => this.#severity);
  }

  protected openGroup(group: Buffer): void {
    this.#body.openGroup(group);
    const { hostname } = this.#config;
    const { sourceStart, sourceEnd } = this.reader;
    this.#hostLength =
      hostname === undefined
        ? writeHost(group, sourceStart, sourceEnd, this.#host, 0)
        : writeHost(Buffer.from(hostname), 0, hostname.length, this.#host, 0);
  }

  protected room(textBytes: number): number {
    const sd = this.#sdFields.length * (PARAM_BYTES * TEXT_GROWTH + 40);
    return this.#body.room(textBytes) + this.#app.length + HOST_BYTES + sd + this.#idPrefix.length + 256;
  }

  protected write(group: Buffer, out: Buffer, start: number, cursor: string, index: number, cap: number): number {
    if (this.#watched.length > 0) this.#find(group);
    this.#severity =
      this.#severityField === null ? this.#severityByDefault : this.#severityOf(group, this.#severityField.start, this.#severityField.end);
    const octet = this.#framing === 'octet';
    const messageStart = octet ? start + this.#digits + 1 : start;
    let at = this.#writeHeader(group, out, messageStart, cursor, index, cap);
    at = this.#body.write(group, out, at, this.#bodyWithId ? `${this.#idPrefix}${cursor}/${index}` : '', cap);
    if (octet) return this.#writeLength(out, start, messageStart, at);
    if (this.#framing === 'lf') out[at++] = 0x0a;
    return at;
  }

  #writeHeader(group: Buffer, out: Buffer, start: number, cursor: string, index: number, cap: number): number {
    const { timeSec, timeNsPart } = this.reader;
    if (this.#header === 'none') return start;
    let at = start;
    out[at++] = 0x3c;
    at = writeNumber(out, at, this.#facility + this.#severity);
    out[at++] = 0x3e;
    const sec = Math.max(0, timeSec);
    if (this.#header === 'rfc3164') {
      at = this.#time.rfc3164(out, at, sec);
      out[at++] = SPACE;
      at = this.#writeHostOf(group, out, at);
      out[at++] = SPACE;
      // A CEF or LEEF message is its own tag.
      if (this.#config.format !== 'rfc3164') return at;
      at = put(out, at, this.#app);
      out[at] = 0x3a;
      out[at + 1] = SPACE;
      return at + 2;
    }
    out[at] = 0x31;
    out[at + 1] = SPACE;
    at = this.#time.rfc5424(out, at + 2, sec, timeNsPart);
    out[at++] = SPACE;
    at = this.#writeHostOf(group, out, at);
    out[at++] = SPACE;
    at = put(out, at, this.#app);
    at = putLatin1(out, at, ' - - ');
    at = this.#writeStructuredData(group, out, at, cursor, index, cap);
    out[at++] = SPACE;
    return this.#config.bom ? put(out, at, BOM) : at;
  }

  #writeStructuredData(group: Buffer, out: Buffer, start: number, cursor: string, index: number, cap: number): number {
    let at = start;
    if (this.#withId) {
      at = putLatin1(out, at, '[sluice@32473 id="');
      at = putLatin1(out, at, this.#idPrefix);
      at = putLatin1(out, at, cursor);
      out[at++] = 0x2f;
      at = writeNumber(out, at, index);
      out[at] = 0x22;
      out[at + 1] = 0x5d;
      at += 2;
    }
    let open = false;
    for (const { watch, name } of cap === BARE ? [] : this.#sdFields) {
      if (watch.start < 0) continue;
      if (!open) at = putLatin1(out, at, '[fields@32473');
      open = true;
      at = put(out, at, name);
      at = writeText(group, watch.start, capEnd(group, watch.start, watch.end, PARAM_BYTES), out, at, PARAM);
      out[at++] = 0x22;
    }
    if (open) out[at++] = 0x5d;
    if (at === start) out[at++] = NIL;
    return at;
  }

  #writeHostOf(group: Buffer, out: Buffer, at: number): number {
    const field = this.#hostField;
    if (field !== null && field.end > field.start) return at + writeHost(group, field.start, field.end, out, at);
    for (let i = 0; i < this.#hostLength; i++) out[at + i] = this.#host[i]!;
    return at + this.#hostLength;
  }

  #writeLength(out: Buffer, start: number, messageStart: number, end: number): number {
    const length = end - messageStart;
    const digits = length < 1000 ? (length < 100 ? (length < 10 ? 1 : 2) : 3) : String(length).length;
    const shift = digits - this.#digits;
    if (shift !== 0) {
      out.copyWithin(messageStart + shift, messageStart, end);
      this.#digits = digits;
    }
    out[writeNumber(out, start, length)] = SPACE;
    return end + shift;
  }

  #find(group: Buffer): void {
    const { reader } = this;
    for (const field of this.#watched) field.start = field.end = -1;
    while (reader.nextContent())
      for (const field of this.#watched)
        if (same(group, reader.keyStart, reader.keyEnd, field.name)) {
          field.start = reader.valueStart;
          field.end = reader.valueEnd;
        }
    reader.rewindContents();
  }

  #severityOf(group: Buffer, start: number, end: number): number {
    if (start < 0 || end - start > 16) return this.#severityByDefault;
    return severityNumber(group.toString('latin1', start, end)) ?? this.#severityByDefault;
  }
}

/** A host name as a header has it: printable ASCII, anything else an underscore, `-` for none. Answers its length. */
function writeHost(src: Uint8Array, start: number, end: number, out: Buffer, at: number): number {
  const length = Math.min(end - start, HOST_BYTES);
  if (length <= 0) {
    out[at] = NIL;
    return 1;
  }
  for (let i = 0; i < length; i++) {
    const byte = src[start + i]!;
    out[at + i] = byte > SPACE && byte < 0x7f ? byte : 0x5f;
  }
  return length;
}
