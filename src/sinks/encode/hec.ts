import type { SplunkHecConfig } from '../splunk-hec/config.ts';
import { put, putLatin1, writeNumber, writeTime } from './byte-text.ts';
import { JSON_TEXT_GROWTH, writeJsonText } from './json-text.ts';
import type { ShardOrigin } from './log-encoder.ts';
import { LogObject, member, watched, type WatchedField } from './log-object.ts';
import { RecordEncoder } from './record-encoder.ts';

const EVENT = Buffer.from(',"event":');
const HOST = Buffer.from(',"host":"');
const INDEX = Buffer.from(',"index":"');
const SOURCETYPE = Buffer.from(',"sourcetype":"');
/** Values that name an index or a sourcetype are names; a longer one is a mistake and is left out. */
const NAME_BYTES = 512;

/**
 * Logs as Splunk HEC events: `{"time":…,"host":…,"source":…,"sourcetype":…,"event":{key: value, …},"fields":{"sluice_id":…}}` back to back, or, in raw mode, the
 * event object alone, one a line. `sluice_id` is the log's identity for life, by which Splunk users remove duplicates. Tags stand in the event as `__tag__:<key>`,
 * the topic as `__topic__`; a log field that is called like a HEC key stays inside the event.
 */
export class HecEncoder extends RecordEncoder {
  readonly #raw: boolean;
  readonly #head: Buffer;
  readonly #idPrefix: Buffer;
  readonly #fixedHost: Buffer | null;
  readonly #index: WatchedField | null;
  readonly #sourcetype: WatchedField | null;
  readonly #host: WatchedField | null;
  readonly #object: LogObject;

  constructor(config: SplunkHecConfig, origin: ShardOrigin, recordBytes: number) {
    super(recordBytes);
    this.#raw = config.mode === 'raw';
    const fixed: Record<string, string> = { source: config.source ?? `sls:${origin.project}/${origin.logstore}` };
    if (config.sourcetypeField === undefined) fixed.sourcetype = config.sourcetype ?? `sluice:${origin.logstore}`;
    if (config.index !== undefined && config.indexField === undefined) fixed.index = config.index;
    this.#head = Buffer.from(`{${JSON.stringify(fixed).slice(1, -1)},"time":`);
    const id = `${origin.project}/${origin.logstore}/${origin.shard}/`;
    this.#idPrefix = Buffer.from(this.#raw ? `,"sluice_id":"${id}` : `,"fields":{"sluice_id":"${id}`);
    this.#fixedHost = config.host === undefined ? null : Buffer.from(config.host);
    this.#index = watched(config.indexField);
    this.#sourcetype = watched(config.sourcetypeField);
    this.#host = watched(config.hostField);
    this.#object = new LogObject(this.reader, {
      time: this.#raw ? 'seconds' : 'none',
      source: this.#raw,
      watch: [this.#index, this.#sourcetype, this.#host],
    });
  }

  protected openGroup(group: Buffer): void {
    this.#object.openGroup(group);
  }

  protected room(textBytes: number): number {
    const { reader } = this;
    const names = reader.sourceEnd - reader.sourceStart + (this.#fixedHost?.length ?? 0) + 3 * NAME_BYTES;
    return this.#object.room(textBytes) + this.#head.length + this.#idPrefix.length + names * JSON_TEXT_GROWTH + 256;
  }

  protected write(group: Buffer, out: Buffer, start: number, cursor: string, index: number, cap: number): number {
    const { reader } = this;
    if (this.#raw) {
      // The object's closing brace gives way to the id.
      let at = this.#object.write(group, out, start, cap) - 1;
      at = this.#writeId(out, at, cursor, index);
      out[at] = 0x7d;
      out[at + 1] = 0x0a;
      return at + 2;
    }
    let at = put(out, start, this.#head);
    at = writeTime(out, at, reader.timeSec, reader.timeNsPart);
    at = this.#object.write(group, out, put(out, at, EVENT), cap);
    if (this.#fixedHost !== null) {
      at = writeJsonText(this.#fixedHost, 0, this.#fixedHost.length, out, put(out, at, HOST));
      out[at++] = 0x22;
    } else if (isName(this.#host)) at = member(out, at, HOST, group, this.#host.start, this.#host.end);
    else if (reader.sourceEnd > reader.sourceStart) at = member(out, at, HOST, group, reader.sourceStart, reader.sourceEnd);
    if (isName(this.#index)) at = member(out, at, INDEX, group, this.#index.start, this.#index.end);
    if (isName(this.#sourcetype)) at = member(out, at, SOURCETYPE, group, this.#sourcetype.start, this.#sourcetype.end);
    at = this.#writeId(out, at, cursor, index);
    out[at] = 0x7d;
    out[at + 1] = 0x7d;
    return at + 2;
  }

  #writeId(out: Buffer, start: number, cursor: string, index: number): number {
    let at = putLatin1(out, put(out, start, this.#idPrefix), cursor);
    out[at++] = 0x2f;
    at = writeNumber(out, at, index);
    out[at++] = 0x22;
    return at;
  }
}

function isName(field: WatchedField | null): field is WatchedField {
  return field !== null && field.end > field.start && field.end - field.start <= NAME_BYTES;
}
