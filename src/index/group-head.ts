import { isUtf8 } from 'node:buffer';
import { malformed, readLength, readVarint, skipField, varintBytes, type Place } from './protobuf-walk.ts';

/*
 * `extra` tells how the fields of a group lay around its logs, for rebuilding it byte for byte. '' is what SDKs write: the logs, then topic and source when they are not
 * empty, then the tags. Otherwise a list with a comma between:
 *
 *   l     all logs; l12: the next twelve of them
 *   t  s  the topic, the source (also empty ones)
 *   g     the next of `tags`; G…: its field in base64, where `tags` cannot give it back (bytes that are not UTF-8)
 *   x…    any other field, base64
 *   r     the bytes are no LogGroup: they stand in `rest` under the key ''
 */

/** What the columns hold that all logs of a group share, and where its logs are. */
export interface GroupHead {
  /** RowBinary of `source`, `topic`, `tags`, `meta` and `extra`. */
  readonly columns: Uint8Array;
  /** Logs of the group. */
  readonly logs: number;
  /** Two positions per log: where its bytes start and stop. */
  readonly spans: Int32Array;
}

const LOG = 0x0a;
const TOPIC = 0x1a;
const SOURCE = 0x22;
const LOG_TAG = 0x32;

const NOTHING = Buffer.alloc(0);
const NEW_LINE = Buffer.from('\n');

interface Tag {
  readonly key: Buffer;
  readonly value: Buffer;
  /** The JSON text gives its field back. */
  readonly exact: boolean;
}

/** Reads the fields of groups. The answer's `columns` and `spans` are good until the next call. */
export class GroupHeadReader {
  #spans = new Int32Array(2048);
  #out = Buffer.allocUnsafe(4096);
  #at = 0;
  readonly #place: Place = { at: 0 };

  /** @throws group.malformed */
  read(bytes: Buffer): GroupHead {
    const place = this.#place;
    const end = bytes.length;
    let logs = 0;
    let topic: Buffer = NOTHING;
    let source: Buffer = NOTHING;
    const tags: Tag[] = [];
    /** Place of the field before in the usual order. */
    let rank = 0;
    let usual = true;
    let at = 0;
    while (at < end) {
      const tag = readVarint(bytes, at, end, place);
      if (tag !== LOG && tag !== TOPIC && tag !== SOURCE && tag !== LOG_TAG) {
        usual = false;
        at = skipField(bytes, tag, place.at, end, place);
        continue;
      }
      const length = readLength(bytes, place.at, end, place);
      const start = place.at;
      at = start + length;
      if (tag === LOG) {
        if (rank > 0) usual = false;
        if (logs * 2 === this.#spans.length) this.#moreSpans();
        this.#spans[logs * 2] = start;
        this.#spans[logs * 2 + 1] = at;
        logs++;
      } else if (tag === LOG_TAG) {
        const pair = readTag(bytes.subarray(start, at), place);
        if (!pair.exact) usual = false;
        tags.push(pair);
        rank = 3;
      } else {
        const own = tag === TOPIC ? 1 : 2;
        if (rank >= own || length === 0) usual = false;
        if (tag === TOPIC) topic = bytes.subarray(start, at);
        else source = bytes.subarray(start, at);
        rank = Math.max(rank, own);
      }
    }
    this.#at = 0;
    this.#string(source);
    this.#string(topic);
    this.#string(Buffer.from(tagsJson(tags)));
    this.#string(Buffer.concat([source, NEW_LINE, topic, ...tags.flatMap((tag) => [NEW_LINE, tag.value])]));
    this.#string(usual ? NOTHING : Buffer.from(layoutOf(bytes, logs, tags, place)));
    return { columns: this.#out.subarray(0, this.#at), logs, spans: this.#spans };
  }

  /** The columns of bytes that are no LogGroup. */
  unreadable(): Uint8Array {
    this.#at = 0;
    this.#string(NOTHING);
    this.#string(NOTHING);
    this.#string(Buffer.from('{}'));
    this.#string(NOTHING);
    this.#string(Buffer.from('r'));
    return this.#out.subarray(0, this.#at);
  }

  #moreSpans(): void {
    const larger = new Int32Array(this.#spans.length * 2);
    larger.set(this.#spans);
    this.#spans = larger;
  }

  #string(text: Uint8Array): void {
    const needed = this.#at + text.length + 5;
    if (needed > this.#out.length) {
      const larger = Buffer.allocUnsafe(needed * 2);
      this.#out.copy(larger, 0, 0, this.#at);
      this.#out = larger;
    }
    let length = text.length;
    while (length > 0x7f) {
      this.#out[this.#at++] = (length & 0x7f) | 0x80;
      length >>>= 7;
    }
    this.#out[this.#at++] = length;
    this.#out.set(text, this.#at);
    this.#at += text.length;
  }
}

function readTag(pair: Buffer, place: Place): Tag {
  let key: Buffer | null = null;
  let value: Buffer | null = null;
  let at = 0;
  while (at < pair.length) {
    const tag = readVarint(pair, at, pair.length, place);
    if (tag !== 0x0a && tag !== 0x12) {
      at = skipField(pair, tag, place.at, pair.length, place);
      continue;
    }
    const length = readLength(pair, place.at, pair.length, place);
    at = place.at + length;
    if (tag === 0x0a) key = pair.subarray(place.at, at);
    else value = pair.subarray(place.at, at);
  }
  if (key === null || value === null) throw malformed(`a log tag has no ${key === null ? 'key' : 'value'}`, at);
  const usual = pair[0] === 0x0a && pair.length === 2 + varintBytes(key.length) + key.length + varintBytes(value.length) + value.length;
  return { key, value, exact: usual && isUtf8(key) && isUtf8(value) };
}

/** `tags`: one JSON object, its members in the order of the group; a repeated key stands twice. */
function tagsJson(tags: readonly Tag[]): string {
  return `{${tags.map(({ key, value }) => `${JSON.stringify(key.toString())}:${JSON.stringify(value.toString())}`).join(',')}}`;
}

/** How the fields lie, of a group that is not as usual. */
function layoutOf(bytes: Buffer, logs: number, tags: readonly Tag[], place: Place): string {
  const tokens: string[] = [];
  /** Of several topics or sources the last one counts; those before it are kept as they are. */
  const before = new Map<number, { readonly token: number; readonly field: Buffer }>();
  let tagsSeen = 0;
  let run = 0;
  const endRun = (): void => {
    if (run > 0) tokens.push(run === logs ? 'l' : `l${run}`);
    run = 0;
  };
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const tag = readVarint(bytes, at, bytes.length, place);
    at = skipField(bytes, tag, place.at, bytes.length, place);
    if (tag === LOG) {
      run++;
      continue;
    }
    endRun();
    const field = bytes.subarray(start, at);
    if (tag === TOPIC || tag === SOURCE) {
      const earlier = before.get(tag);
      if (earlier !== undefined) tokens[earlier.token] = `x${earlier.field.toString('base64')}`;
      before.set(tag, { token: tokens.length, field });
      tokens.push(tag === TOPIC ? 't' : 's');
    } else if (tag === LOG_TAG) tokens.push(tags[tagsSeen++]?.exact === true ? 'g' : `G${field.toString('base64')}`);
    else tokens.push(`x${field.toString('base64')}`);
  }
  endRun();
  return tokens.join(',');
}
