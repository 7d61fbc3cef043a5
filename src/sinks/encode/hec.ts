import { GroupReader } from '../../core/group-reader.ts';
import type { RecordBatch } from '../batch.ts';
import type { SplunkHecConfig } from '../splunk-hec/config.ts';
import { JSON_TEXT_GROWTH, writeJsonText } from './json-text.ts';
import type { LogEncoder, ShardOrigin } from './log-encoder.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;

/**
 * Logs as Splunk HEC events: `{"time":…,"host":…,"source":…,"sourcetype":…,"event":{key: value, …},"fields":{"sluice_id":…}}` back to back, or, in raw mode, the
 * event object alone, one a line. `sluice_id` is the log's identity for life, by which Splunk users remove duplicates. Tags stand in the event as `__tag__:<key>`, the topic as `__topic__`.
 */
export class HecEncoder implements LogEncoder {
  done = true;
  cut = 0;
  readonly #reader = new GroupReader();
  readonly #raw: boolean;
  readonly #head: Buffer;
  readonly #idPrefix: Buffer;
  readonly #fixedHost: Buffer | null;
  readonly #indexField: Buffer | null;
  readonly #sourcetypeField: Buffer | null;
  readonly #hostField: Buffer | null;
  readonly #recordBytes: number;
  /** Topic and tags of the current group as JSON members, each with a comma in front. */
  #meta = Buffer.alloc(1024);
  #metaLength = 0;

  constructor(config: SplunkHecConfig, origin: ShardOrigin, recordBytes: number) {
    this.#raw = config.mode === 'raw';
    this.#recordBytes = recordBytes;
    const fixed: Record<string, string> = { source: config.source ?? `sls:${origin.project}/${origin.logstore}` };
    if (config.sourcetypeField === undefined) fixed.sourcetype = config.sourcetype ?? `sluice:${origin.logstore}`;
    if (config.index !== undefined && config.indexField === undefined) fixed.index = config.index;
    this.#head = Buffer.from(`{${JSON.stringify(fixed).slice(1, -1)},"time":`);
    this.#idPrefix = Buffer.from(`,"fields":{"sluice_id":"${origin.project}/${origin.logstore}/${origin.shard}/`);
    this.#fixedHost = config.host === undefined ? null : Buffer.from(config.host);
    const name = (field: string | undefined): Buffer | null => (field === undefined ? null : Buffer.from(field));
    this.#indexField = name(config.indexField);
    this.#sourcetypeField = name(config.sourcetypeField);
    this.#hostField = name(config.hostField);
  }

  encode(
    bytes: Buffer,
    start: number,
    end: number,
    cursor: string,
    fromIndex: number,
    batch: RecordBatch,
    batchBytes: number,
    batchRecords: number,
  ): number {
    const reader = this.#reader;
    const group = bytes.subarray(start, end);
    reader.open(group);
    this.done = false;
    if (reader.logs > fromIndex) batch.cursors.push(cursor);
    this.#writeMeta(group);
    let index = 0;
    while (reader.nextLog()) {
      if (index++ < fromIndex) continue;
      if (batch.count > 0 && (batch.length >= batchBytes || batch.count >= batchRecords)) return index - 1;
      const before = reader.logBytes;
      // Quotes, colons and commas: 6 bytes a pair; envelope and id: under 1 kB.
      batch.ensure(
        batch.length,
        before * JSON_TEXT_GROWTH +
          reader.contents * 6 +
          this.#metaLength +
          this.#head.length +
          this.#idPrefix.length +
          (reader.sourceEnd - reader.sourceStart) * JSON_TEXT_GROWTH +
          1024,
      );
      const recordStart = batch.length;
      let at = this.#writeLog(group, batch.bytes, recordStart, cursor, index - 1);
      if (at - recordStart > this.#recordBytes) {
        at = this.#writeCut(group, batch.bytes, recordStart, cursor, index - 1);
        this.cut++;
      }
      batch.rawBytes += before;
      batch.endRecord(at, index - 1);
    }
    this.done = true;
    return index;
  }

  #writeMeta(group: Buffer): void {
    const reader = this.#reader;
    const need = (reader.topicEnd - reader.topicStart + group.length) * JSON_TEXT_GROWTH + reader.tags * 32 + 64;
    if (reader.tags === 0 && reader.topicEnd === reader.topicStart) {
      this.#metaLength = 0;
      return;
    }
    let span = reader.topicEnd - reader.topicStart;
    for (let i = 0; i < reader.tags * 4; i += 2) span += reader.tagSpans[i + 1]! - reader.tagSpans[i]!;
    const room = Math.min(need, span * JSON_TEXT_GROWTH + reader.tags * 32 + 64);
    if (room > this.#meta.length) this.#meta = Buffer.alloc(room * 2);
    const out = this.#meta;
    let at = 0;
    if (reader.topicEnd > reader.topicStart) {
      at = put(out, at, TOPIC);
      at = writeJsonText(group, reader.topicStart, reader.topicEnd, out, at);
      out[at++] = QUOTE;
    }
    for (let tag = 0; tag < reader.tags; tag++) {
      at = put(out, at, TAG);
      at = writeJsonText(group, reader.tagSpans[tag * 4]!, reader.tagSpans[tag * 4 + 1]!, out, at);
      at = put(out, at, COLON);
      at = writeJsonText(group, reader.tagSpans[tag * 4 + 2]!, reader.tagSpans[tag * 4 + 3]!, out, at);
      out[at++] = QUOTE;
    }
    this.#metaLength = at;
  }

  #writeLog(group: Buffer, out: Buffer, start: number, cursor: string, index: number): number {
    const reader = this.#reader;
    let at = start;
    let hostStart = reader.sourceStart;
    let hostEnd = reader.sourceEnd;
    let indexStart = -1;
    let indexEnd = -1;
    let typeStart = -1;
    let typeEnd = -1;
    if (!this.#raw) {
      at = put(out, at, this.#head);
      at = writeTime(out, at, reader.timeSec, reader.timeNsPart);
      at = put(out, at, EVENT);
    } else out[at++] = 0x7b;
    const first = at;
    while (reader.nextContent()) {
      if (at > first) out[at++] = COMMA;
      out[at++] = QUOTE;
      at = writeJsonText(group, reader.keyStart, reader.keyEnd, out, at);
      at = put(out, at, COLON);
      at = writeJsonText(group, reader.valueStart, reader.valueEnd, out, at);
      out[at++] = QUOTE;
      if (this.#hostField !== null && same(group, reader.keyStart, reader.keyEnd, this.#hostField)) {
        hostStart = reader.valueStart;
        hostEnd = reader.valueEnd;
      }
      if (this.#indexField !== null && same(group, reader.keyStart, reader.keyEnd, this.#indexField)) {
        indexStart = reader.valueStart;
        indexEnd = reader.valueEnd;
      }
      if (this.#sourcetypeField !== null && same(group, reader.keyStart, reader.keyEnd, this.#sourcetypeField)) {
        typeStart = reader.valueStart;
        typeEnd = reader.valueEnd;
      }
    }
    if (this.#metaLength > 0) {
      // The members begin with a comma, which an empty event must not have.
      const skip = at === first ? 1 : 0;
      this.#meta.copy(out, at, skip, this.#metaLength);
      at += this.#metaLength - skip;
    }
    out[at++] = 0x7d;
    if (this.#raw) {
      out[at++] = 0x0a;
      return at;
    }
    if (this.#fixedHost !== null) {
      at = put(out, at, HOST);
      at = writeJsonText(this.#fixedHost, 0, this.#fixedHost.length, out, at);
      out[at++] = QUOTE;
    } else if (hostEnd > hostStart) at = member(out, at, HOST, group, hostStart, hostEnd);
    if (indexEnd > indexStart) at = member(out, at, INDEX, group, indexStart, indexEnd);
    if (typeEnd > typeStart) at = member(out, at, SOURCETYPE, group, typeStart, typeEnd);
    return this.#writeId(out, at, cursor, index);
  }

  /** A record over the limit keeps its envelope and id and says what was lost: the log itself is found in the store by that id. */
  #writeCut(group: Buffer, out: Buffer, start: number, cursor: string, index: number): number {
    const reader = this.#reader;
    if (this.#raw) return start + out.write(`{"sluice_cut":true,"sluice_cursor":"${cursor}","sluice_index":${index}}\n`, start);
    let at = put(out, start, this.#head);
    at = writeTime(out, at, reader.timeSec, reader.timeNsPart);
    at += out.write(`,"event":{"sluice_cut":true,"raw_bytes":${reader.logBytes}}`, at);
    if (reader.sourceEnd > reader.sourceStart) at = member(out, at, HOST, group, reader.sourceStart, reader.sourceEnd);
    return this.#writeId(out, at, cursor, index);
  }

  #writeId(out: Buffer, start: number, cursor: string, index: number): number {
    let at = put(out, start, this.#idPrefix);
    for (let i = 0; i < cursor.length; i++) out[at++] = cursor.charCodeAt(i);
    out[at++] = 0x2f;
    at = writeNumber(out, at, index);
    out[at++] = QUOTE;
    out[at++] = 0x7d;
    out[at++] = 0x7d;
    return at;
  }
}

const TOPIC = Buffer.from(',"__topic__":"');
const TAG = Buffer.from(',"__tag__:');
const COLON = Buffer.from('":"');
const EVENT = Buffer.from(',"event":{');
const HOST = Buffer.from(',"host":"');
const INDEX = Buffer.from(',"index":"');
const SOURCETYPE = Buffer.from(',"sourcetype":"');

function put(out: Buffer, at: number, bytes: Buffer): number {
  for (let i = 0; i < bytes.length; i++) out[at + i] = bytes[i]!;
  return at + bytes.length;
}

function member(out: Buffer, at: number, head: Buffer, src: Buffer, start: number, end: number): number {
  const stop = writeJsonText(src, start, end, out, put(out, at, head));
  out[stop] = QUOTE;
  return stop + 1;
}

function same(src: Buffer, start: number, end: number, name: Buffer): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (src[start + i] !== name[i]) return false;
  return true;
}

/** Decimal digits of a whole number of at most 2^53. */
export function writeNumber(out: Uint8Array, at: number, value: number): number {
  let digits = 1;
  for (let bound = 10; value >= bound; bound *= 10) digits++;
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    const next = Math.floor(rest / 10);
    out[i] = 0x30 + (rest - next * 10);
    rest = next;
  }
  return at + digits;
}

/** Unix seconds with nine digits of fraction when there is one. */
export function writeTime(out: Uint8Array, at: number, sec: number, ns: number): number {
  let end = writeNumber(out, at, Math.max(0, sec));
  if (ns === 0) return end;
  out[end++] = 0x2e;
  let rest = ns;
  for (let i = end + 8; i >= end; i--) {
    const next = Math.floor(rest / 10);
    out[i] = 0x30 + (rest - next * 10);
    rest = next;
  }
  return end + 9;
}
