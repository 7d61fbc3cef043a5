import type { RunContext } from '../core/context.ts';
import { asSluiceError } from '../core/errors.ts';
import { shardKey, type Cursor, type ShardRef, type Stream } from '../stream/stream.ts';

/** A shard of the stream as last seen. */
export interface SeenShard {
  readonly at: ShardRef;
  readonly begin: Cursor;
  readonly end: Cursor;
  /** Average of its groups, stored. */
  readonly groupBytes: number;
}

/** Where the shards of the stream begin and end, as last seen. */
export class StreamEnds {
  readonly #stream: Pick<Stream, 'bounds' | 'changed'>;
  readonly #seen = new Map<string, SeenShard>();
  /** Shard → its end, for asking the stream what has grown. */
  readonly #ends = new Map<string, Cursor>();

  constructor(stream: Pick<Stream, 'bounds' | 'changed'>) {
    this.#stream = stream;
  }

  get size(): number {
    return this.#seen.size;
  }

  all(): Iterable<SeenShard> {
    return this.#seen.values();
  }

  /** Null: it has not been seen, or is gone. */
  of(at: ShardRef): SeenShard | null {
    return this.#seen.get(shardKey(at)) ?? null;
  }

  /** Asks the stream. */
  async look(at: ShardRef, ctx: RunContext): Promise<void> {
    const key = shardKey(at);
    try {
      const { begin, end, bytes } = await this.#stream.bounds(at, ctx);
      this.#seen.set(key, { at, begin, end, groupBytes: end > begin ? bytes / Number(end - begin) : 0 });
      this.#ends.set(key, end);
    } catch (thrown) {
      if (asSluiceError(thrown).code !== 'stream.shard_missing') throw thrown;
      this.#seen.delete(key);
      this.#ends.delete(key);
    }
  }

  /** Takes up shards that are new and forgets those that are no more. */
  async follow(shards: readonly ShardRef[], ctx: RunContext): Promise<void> {
    const known = new Set(shards.map(shardKey));
    for (const at of shards) if (!this.#seen.has(shardKey(at))) await this.look(at, ctx);
    for (const key of this.#seen.keys()) {
      if (known.has(key)) continue;
      this.#seen.delete(key);
      this.#ends.delete(key);
    }
  }

  /** Waits for growth, at most `waitMs`; answers whether there was any. */
  async grown(waitMs: number, ctx: RunContext): Promise<boolean> {
    const grown = await this.#stream.changed(this.#ends, waitMs, ctx);
    for (const at of grown) await this.look(at, ctx);
    return grown.length > 0;
  }
}
