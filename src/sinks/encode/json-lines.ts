import { put, putLatin1, writeNumber } from './byte-text.ts';
import type { ShardOrigin } from './log-encoder.ts';
import { LogObject } from './log-object.ts';
import { RecordEncoder } from './record-encoder.ts';

const ID = Buffer.from(',"sluice_id":"');

export interface JsonLinesOptions {
  readonly recordBytes: number;
  /** Stands before the id in front of each object; without it the record begins with the object. Elasticsearch: `{"create":{"_id":"`. */
  readonly head?: string;
  /** Between that id and the object. */
  readonly neck?: string;
  /** Begins each object with `@timestamp` in ISO 8601 instead of `__time__`. */
  readonly timestamp?: boolean;
}

/** Logs as JSON objects, one a line: `{"__time__":…,"key":"value",…,"__topic__":…,"__source__":…,"sluice_id":"project/logstore/shard/cursor/index"}`. */
export class JsonLinesEncoder extends RecordEncoder {
  readonly #object: LogObject;
  readonly #idPrefix: Buffer;
  readonly #head: Buffer | null;
  readonly #neck: Buffer;

  constructor(origin: ShardOrigin, options: JsonLinesOptions) {
    super(options.recordBytes);
    this.#object = new LogObject(this.reader, { time: options.timestamp === true ? 'iso' : 'seconds', source: true });
    this.#idPrefix = Buffer.from(`${origin.project}/${origin.logstore}/${origin.shard}/`);
    this.#head = options.head === undefined ? null : Buffer.from(options.head);
    this.#neck = Buffer.from(options.neck ?? '');
  }

  protected openGroup(group: Buffer): void {
    this.#object.openGroup(group);
  }

  protected room(textBytes: number): number {
    return this.#object.room(textBytes) + 2 * this.#idPrefix.length + (this.#head?.length ?? 0) + this.#neck.length + 256;
  }

  protected write(group: Buffer, out: Buffer, start: number, cursor: string, index: number, cap: number): number {
    let at = start;
    if (this.#head !== null) {
      at = this.#writeId(out, put(out, at, this.#head), cursor, index);
      at = put(out, at, this.#neck);
    }
    // The closing brace gives way to the id.
    at = put(out, this.#object.write(group, out, at, cap) - 1, ID);
    at = this.#writeId(out, at, cursor, index);
    out[at] = 0x22;
    out[at + 1] = 0x7d;
    out[at + 2] = 0x0a;
    return at + 3;
  }

  #writeId(out: Buffer, start: number, cursor: string, index: number): number {
    const at = putLatin1(out, put(out, start, this.#idPrefix), cursor);
    out[at] = 0x2f;
    return writeNumber(out, at + 1, index);
  }
}
