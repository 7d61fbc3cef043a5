/** Field name → value, both as text. */
export type Fields = Readonly<Record<string, string>>;

/** One log line. Both SLS time parts are kept: a JS number cannot hold nanoseconds, DateTime64(9) can. Edges and tests only. */
export interface LogRecord {
  /** Seconds since the Unix epoch, UTC: SLS `__time__`. */
  readonly timeSec: number;
  /** 0..999_999_999: SLS `__time_ns_part__`. */
  readonly timeNsPart: number;
  readonly fields: Fields;
}

/** A decoded LogGroup (SLS `LogGroup`). Edges and tests only: the hot paths walk the bytes. */
export interface LogGroup {
  readonly topic: string;
  readonly source: string;
  readonly tags: Fields;
  readonly logs: readonly LogRecord[];
}

/** How the bytes of a group are stored. `lz4` is a raw block, `deflate` a zlib stream (sls-api §1.5). */
export type Codec = 'none' | 'lz4' | 'zstd' | 'deflate';

/** A LogGroup as protobuf bytes, compressed as it came: what PutLogs received, the stream keeps and PullLogs returns. */
export interface GroupBytes {
  readonly bytes: Uint8Array;
  readonly codec: Codec;
  /** Size of the protobuf bytes before compression. */
  readonly rawBytes: number;
  /** Number of logs in the group. */
  readonly logs: number;
}

/** Event-time window in Unix seconds, [from, to). */
export interface TimeWindow {
  readonly fromSec: number;
  readonly toSec: number;
}
