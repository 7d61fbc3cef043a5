import { shardKey, type Cursor, type ShardRange } from '../stream/stream.ts';

/**
 * Ranges of shards in which this process has seen that no events can be, because no rule applied to their logstore: the steps behind need not ask the store for them. One stretch a shard,
 * the latest; whatever is not in it is unknown, not empty.
 */
export class EmptyRanges {
  readonly #stretches = new Map<string, { from: Cursor; to: Cursor }>();

  add({ at, from, to }: ShardRange): void {
    const key = shardKey(at);
    const last = this.#stretches.get(key);
    if (last !== undefined && last.to === from) last.to = to;
    else this.#stretches.set(key, { from, to });
  }

  /** The range has, or may have, events. */
  remove({ at }: ShardRange): void {
    this.#stretches.delete(shardKey(at));
  }

  holds({ at, from, to }: ShardRange): boolean {
    const known = this.#stretches.get(shardKey(at));
    return known !== undefined && known.from <= from && to <= known.to;
  }
}
