import { put, putLatin1, writeDigits, writeNumber } from './byte-text.ts';
import { capEnd, same } from './byte-text.ts';
import { JSON_TEXT_GROWTH, writeJsonText } from './json-text.ts';
import type { ShardOrigin } from './log-encoder.ts';
import { BARE, NO_CAP, RecordEncoder } from './record-encoder.ts';
import { severityNumber } from './severity-words.ts';

const TIME = Buffer.from('{"timeUnixNano":"');
const BODY = Buffer.from('"body":{"kvlistValue":{"values":[');
const ENTRY = Buffer.from('{"key":"');
const VALUE = Buffer.from('","value":{"stringValue":"');
const ENTRY_END = Buffer.from('"}}');
const BODY_END = Buffer.from(']}},"attributes":[{"key":"sluice.id","value":{"stringValue":"');
const CUT = Buffer.from(',{"key":"sluice.cut","value":{"boolValue":true}}');
const END = Buffer.from(']},');

/** Most bytes a key or value has around it. */
const AROUND = 48;

/**
 * Logs as OpenTelemetry LogRecords in the JSON of OTLP (opentelemetry-proto, "JSON Protobuf Encoding"), each with a comma behind: the fields as the body, a list of keys and values, in
 * their order; topic, source and tags as attributes `sls.topic`, `sls.source`, `sls.tag.<key>`; the log's identity as `sluice.id`.
 */
export class OtlpEncoder extends RecordEncoder {
  readonly #idPrefix: Buffer;
  readonly #severityField: Buffer | null;
  /** Attributes of the current group, each with a comma in front. */
  #meta = Buffer.alloc(1024);
  #metaLength = 0;

  constructor(origin: ShardOrigin, options: { readonly recordBytes: number; readonly severityField: string | undefined }) {
    super(options.recordBytes);
    this.#idPrefix = Buffer.from(`${origin.project}/${origin.logstore}/${origin.shard}/`);
    this.#severityField = options.severityField === undefined ? null : Buffer.from(options.severityField);
  }

  protected openGroup(group: Buffer): void {
    const { reader } = this;
    let span = reader.topicEnd - reader.topicStart + reader.sourceEnd - reader.sourceStart;
    for (let i = 0; i < reader.tags * 4; i += 2) span += reader.tagSpans[i + 1]! - reader.tagSpans[i]!;
    const room = span * JSON_TEXT_GROWTH + (reader.tags + 2) * 64;
    if (room > this.#meta.length) this.#meta = Buffer.alloc(room * 2);
    const out = this.#meta;
    let at = 0;
    const attribute = (name: string, keyStart: number, keyEnd: number, start: number, end: number): void => {
      out[at++] = 0x2c;
      at = putLatin1(out, put(out, at, ENTRY), name);
      at = writeJsonText(group, keyStart, keyEnd, out, at);
      at = writeJsonText(group, start, end, out, put(out, at, VALUE));
      at = put(out, at, ENTRY_END);
    };
    if (reader.topicEnd > reader.topicStart) attribute('sls.topic', 0, 0, reader.topicStart, reader.topicEnd);
    if (reader.sourceEnd > reader.sourceStart) attribute('sls.source', 0, 0, reader.sourceStart, reader.sourceEnd);
    for (let tag = 0; tag < reader.tags; tag++)
      attribute(
        'sls.tag.',
        reader.tagSpans[tag * 4]!,
        reader.tagSpans[tag * 4 + 1]!,
        reader.tagSpans[tag * 4 + 2]!,
        reader.tagSpans[tag * 4 + 3]!,
      );
    this.#metaLength = at;
  }

  protected room(textBytes: number): number {
    return textBytes * JSON_TEXT_GROWTH + this.reader.contents * AROUND + this.#metaLength + this.#idPrefix.length + 512;
  }

  protected write(group: Buffer, out: Buffer, start: number, cursor: string, index: number, cap: number): number {
    const { reader } = this;
    let at = writeNumber(out, put(out, start, TIME), Math.max(0, reader.timeSec));
    at = writeDigits(out, at, reader.timeNsPart, 9);
    at = putLatin1(out, at, '",');
    if (this.#severityField !== null) at = this.#writeSeverity(group, out, at, this.#severityField);
    at = put(out, at, BODY);
    for (let first = true; cap !== BARE && reader.nextContent(); first = false) {
      if (!first) out[at++] = 0x2c;
      at = writeJsonText(group, reader.keyStart, reader.keyEnd, out, put(out, at, ENTRY));
      const end = cap === NO_CAP ? reader.valueEnd : capEnd(group, reader.valueStart, reader.valueEnd, cap);
      at = put(out, writeJsonText(group, reader.valueStart, end, out, put(out, at, VALUE)), ENTRY_END);
    }
    at = putLatin1(out, put(out, put(out, at, BODY_END), this.#idPrefix), cursor);
    out[at++] = 0x2f;
    at = put(out, writeNumber(out, at, index), ENTRY_END);
    if (cap !== BARE) at += this.#meta.copy(out, at, 0, this.#metaLength);
    if (cap !== NO_CAP) at = put(out, at, CUT);
    return put(out, at, END);
  }

  #writeSeverity(group: Buffer, out: Buffer, at: number, name: Buffer): number {
    const { reader } = this;
    let number = 0;
    while (reader.nextContent())
      if (same(group, reader.keyStart, reader.keyEnd, name) && reader.valueEnd - reader.valueStart <= 16)
        number = otlpSeverity(severityNumber(group.toString('latin1', reader.valueStart, reader.valueEnd)));
    reader.rewindContents();
    if (number === 0) return at;
    return putLatin1(out, writeNumber(out, putLatin1(out, at, '"severityNumber":'), number), ',');
  }
}

/** SeverityNumber of OpenTelemetry for a syslog severity (its data model, appendix B); 0: unspecified. */
function otlpSeverity(syslog: number | null): number {
  return syslog === null ? 0 : ([21, 19, 18, 17, 13, 10, 9, 5][syslog] ?? 0);
}
