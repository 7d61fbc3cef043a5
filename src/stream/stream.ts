import type { RunContext } from '../core/context.ts';
import type { GroupBytes } from '../core/log.ts';

/**
 * Position of a LogGroup in its shard: consecutive integers, one per group, never reused (sls-api §3.4). A cursor names the place *before* its group:
 * reading from c returns group c first. On the SLS wire it is base64 of the decimal text; the store keeps it as UInt64.
 */
export type Cursor = bigint;

/** A shard by the stable numbers of the catalogue: a logstore made again under an old name is another number. */
export interface ShardRef {
  readonly logstore: number;
  readonly shard: number;
}

/** Part of a shard, [from, to). */
export interface ShardRange {
  readonly at: ShardRef;
  readonly from: Cursor;
  readonly to: Cursor;
}

export interface StreamGroup extends GroupBytes {
  /** When it was made durable, Unix ms; never decreases within a shard. */
  readonly receivedMs: number;
}

export interface StreamPage {
  /** Cursor of groups[0]; equals `from` of the call. */
  readonly first: Cursor;
  readonly groups: readonly StreamGroup[];
  /** Where to read on. */
  readonly next: Cursor;
  /** True when `next` was the end of the shard at the time of reading. */
  readonly atEnd: boolean;
}

export interface ShardBounds {
  /** First cursor kept. */
  readonly begin: Cursor;
  /** One past the last. */
  readonly end: Cursor;
  /** Stored bytes kept. */
  readonly bytes: number;
}

/** The durable, ordered shard log between in and out. */
export interface Stream {
  /** Makes an empty shard; an existing one is left as it is. */
  createShard(at: ShardRef, ctx: RunContext): Promise<void>;
  /** Forgets a shard and its data. */
  deleteShard(at: ShardRef, ctx: RunContext): Promise<void>;
  /** Resolves once the groups are on disk: all or none. Returns the first one's cursor. @throws stream.full stream.shard_missing stream.closed */
  append(at: ShardRef, groups: readonly GroupBytes[], ctx: RunContext): Promise<Cursor>;
  /**
   * Waits up to `waitMs` for data; an empty page is an answer. At least one group is returned when there is one, whatever `bytes` says.
   * @throws stream.cursor_expired when trimmed past `from`; stream.cursor_invalid when `from` lies beyond the end
   */
  read(
    at: ShardRef,
    from: Cursor,
    max: { readonly groups: number; readonly bytes: number; readonly waitMs: number },
    ctx: RunContext,
  ): Promise<StreamPage>;
  /** Place of the first group received at or after the time, clamped to begin and end. */
  cursorAt(at: ShardRef, where: 'begin' | 'end' | { readonly receivedMs: number }, ctx: RunContext): Promise<Cursor>;
  /** Receive time of the group at the cursor; of the last group (or now, when there is none) at the end. @throws stream.cursor_invalid */
  receivedMsAt(at: ShardRef, cursor: Cursor, ctx: RunContext): Promise<number>;
  bounds(at: ShardRef, ctx: RunContext): Promise<ShardBounds>;
  /** Drops groups before the cursor; never more than that. */
  trim(at: ShardRef, before: Cursor, ctx: RunContext): Promise<void>;
  /** Resolves at the next append to any of the shards or after `waitMs`; answers the shards that have grown since `known`. */
  changed(known: ReadonlyMap<string, Cursor>, waitMs: number, ctx: RunContext): Promise<readonly ShardRef[]>;
  /** Drains and closes; twice is safe. */
  close(): Promise<void>;
}

/** Text key of a shard, for maps: `<logstore>/<shard>`. */
export function shardKey(at: ShardRef): string {
  return `${at.logstore}/${at.shard}`;
}
