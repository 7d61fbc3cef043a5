import { putVarint } from './byte-output.ts';
import { varintBytes } from './protobuf-walk.ts';

const TOPIC_TAG = 0x1a;
const SOURCE_TAG = 0x22;
const LOG_TAG = 0x32;

/** What the rows of a group say about it, beside its logs. */
export interface GroupHeadFields {
  readonly source: Buffer;
  readonly topic: Buffer;
  /** The column `tags`: JSON text. */
  readonly tags: string;
  /** The column `extra` (`group-head.ts`). */
  readonly layout: string;
}

/** The group of its logs' fields, which lie behind each other and end at `ends`, with the other fields where they were. */
export function assembleGroup({ source, topic, tags, layout }: GroupHeadFields, logs: Buffer, ends: readonly number[]): Buffer {
  const pairs = tagPairs(tags);
  if (layout === '') {
    return Buffer.concat([
      logs,
      ...(topic.length > 0 ? [field(TOPIC_TAG, topic)] : []),
      ...(source.length > 0 ? [field(SOURCE_TAG, source)] : []),
      ...pairs.map(tagField),
    ]);
  }
  let log = 0;
  let tag = 0;
  const parts = layout.split(',').map((token): Buffer => {
    const more = token.slice(1);
    switch (token[0]) {
      case 'l': {
        const from = log;
        log = more === '' ? ends.length : log + Number(more);
        return logs.subarray(from === 0 ? 0 : ends[from - 1], ends[log - 1]);
      }
      case 't':
        return field(TOPIC_TAG, topic);
      case 's':
        return field(SOURCE_TAG, source);
      case 'g':
        return tagField(pairs[tag++] ?? ['', '']);
      case 'G':
        tag++;
        return Buffer.from(more, 'base64');
      default:
        return Buffer.from(more, 'base64');
    }
  });
  return Buffer.concat(parts);
}

/** `0a <length> <key> 12`. */
export function keyBytes(key: string): Buffer {
  const bytes = Buffer.from(key);
  return Buffer.concat([Buffer.from([0x0a]), varint(bytes.length), bytes, Buffer.from([0x12])]);
}

function field(tag: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), varint(value.length), value]);
}

function tagField([key, value]: readonly [string, string]): Buffer {
  const bytes = Buffer.from(value);
  return field(LOG_TAG, Buffer.concat([keyBytes(key), varint(bytes.length), bytes]));
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(varintBytes(value));
  putVarint(bytes, 0, value);
  return bytes;
}

/** Members of the JSON object in `tags`, in their order, repeated ones too: `JSON.parse` would join and reorder them. */
function tagPairs(tags: string): readonly (readonly [string, string])[] {
  const texts = [...tags.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([text]) => JSON.parse(text) as string);
  return Array.from({ length: texts.length >> 1 }, (_, i) => [texts[i * 2] ?? '', texts[i * 2 + 1] ?? ''] as const);
}
