import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heartbeat, type Assignment, type ShardFacts } from './assignment.ts';

const TIMEOUT = 60_000;
const EMPTY: Assignment = { consumers: new Map(), shards: new Map() };
const facts = (count: number): ShardFacts[] =>
  Array.from({ length: count }, (_, shard) => ({ shard, over: false, waiting: false, savedBy: null }));

/** A group and its consumers as the libraries behave: they start what is added, and stop what is missing a while later. */
class Play {
  state: Assignment = EMPTY;
  nowMs = 0;
  upSinceMs = 0;
  shards: ShardFacts[];
  /** Consumer → shards its workers read. */
  readonly held = new Map<string, Set<number>>();
  /** Consumer → shards it was told to stop. */
  readonly stopping = new Map<string, Set<number>>();

  constructor(shards: number) {
    this.shards = facts(shards);
  }

  beat(consumer: string): number[] {
    const held = this.held.get(consumer) ?? new Set<number>();
    this.held.set(consumer, held);
    const { working, ...state } = heartbeat(this.state, this.shards, {
      consumer,
      held: [...held],
      nowMs: this.nowMs,
      timeoutMs: TIMEOUT,
      upSinceMs: this.upSinceMs,
    });
    this.state = state;
    this.stopping.set(consumer, new Set([...held].filter((shard) => !working.includes(shard))));
    for (const shard of working) held.add(shard);
    return working;
  }

  /** The consumer's workers that were told to stop have stopped. */
  stop(consumer: string): void {
    for (const shard of this.stopping.get(consumer) ?? []) this.held.get(consumer)?.delete(shard);
  }

  /** Everyone beats and stops until nothing changes. */
  settle(consumers: readonly string[]): void {
    for (let round = 0; round < 8; round++)
      for (const consumer of consumers) {
        this.beat(consumer);
        this.stop(consumer);
      }
  }

  readers(shard: number): string[] {
    return [...this.held].filter(([, held]) => held.has(shard)).map(([name]) => name);
  }
}

describe('assignment of shards', () => {
  it('gives a lone consumer everything, and shares as evenly as can be [K02 K03]', () => {
    const play = new Play(10);
    expect(play.beat('a')).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    play.settle(['a', 'b', 'c']);
    expect([...play.held.values()].map((held) => held.size).toSorted((a, b) => a - b)).toEqual([3, 3, 4]);
    play.settle(Array.from({ length: 10 }, (_, i) => `c${i}`).concat('a', 'b', 'c'));
  });

  it('lets nobody read a moved shard before the old owner says that it has stopped', () => {
    const play = new Play(2);
    play.beat('a');
    expect(play.beat('b')).toEqual([]);
    expect(play.beat('a')).toEqual([0]);
    // The worker of shard 1 flushes for three more heartbeats.
    for (let i = 0; i < 3; i++) {
      expect(play.beat('a')).toEqual([0]);
      expect(play.beat('b')).toEqual([]);
    }
    play.stop('a');
    expect(play.beat('b')).toEqual([]);
    expect(play.beat('a')).toEqual([0]);
    expect(play.beat('b')).toEqual([1]);
  });

  it('leaves a shard with its owner when the next owner falls silent during the hand-over', () => {
    const play = new Play(2);
    play.beat('a');
    play.beat('b');
    expect(play.beat('a')).toEqual([0]);
    for (let i = 0; i < 2; i++) {
      play.nowMs += TIMEOUT / 2 + 1;
      play.beat('a');
    }
    expect(play.beat('a')).toEqual([0, 1]);
  });

  it('gives the shards of a silent consumer to the others after the timeout, not before', () => {
    const play = new Play(4);
    play.settle(['a', 'b']);
    play.nowMs += TIMEOUT;
    expect(play.beat('b')).toHaveLength(2);
    play.nowMs += 1;
    expect(play.beat('b')).toEqual([0, 1, 2, 3]);
  });

  it('keeps more consumers than shards as stand-ins [K07]', () => {
    const play = new Play(2);
    play.settle(['a', 'b', 'c']);
    expect([...play.held.values()].map((held) => held.size).toSorted((a, b) => a - b)).toEqual([0, 1, 1]);
    const idle = [...play.held].find(([, held]) => held.size === 0)?.[0] ?? '';
    const gone = [...play.held].find(([, held]) => held.size === 1)?.[0] ?? '';
    const alive = ['a', 'b', 'c'].filter((name) => name !== gone);
    for (let i = 0; i < 3; i++) {
      play.nowMs += TIMEOUT / 2 + 1;
      for (const name of alive) play.beat(name);
    }
    expect(play.held.get(idle)?.size).toBe(1);
  });

  it('answers a consumer that comes back after its timeout with what is still free, and never with an error', () => {
    const play = new Play(4);
    play.settle(['a', 'b']);
    const before = [...(play.held.get('a') ?? [])];
    play.nowMs += TIMEOUT + 1;
    // Nobody else was there either: it goes on with what it reads.
    expect(play.beat('a')).toEqual(expect.arrayContaining(before));
    play.settle(['a', 'b']);
    play.nowMs += TIMEOUT + 1;
    play.beat('b');
    // Now b has taken everything: a keeps nothing, and gets its share once b has let go.
    expect(play.beat('a')).toEqual([]);
    play.stop('a');
    play.settle(['a', 'b']);
    expect(play.held.get('a')?.size).toBe(2);
  });

  it('drops a shard that is over, and takes it up again when its checkpoint is moved back', () => {
    const play = new Play(2);
    play.beat('a');
    play.shards = [{ shard: 0, over: true, waiting: false, savedBy: null }, play.shards[1]!];
    expect(play.beat('a')).toEqual([1]);
    expect(play.state.shards.get(0)?.owner).toBe('a');
    play.stop('a');
    expect(play.beat('a')).toEqual([1]);
    play.shards = facts(2);
    expect(play.beat('a')).toEqual([0, 1]);
  });

  it('takes a shard back that has to wait for its parents again', () => {
    const play = new Play(2);
    play.beat('a');
    play.shards = [play.shards[0]!, { shard: 1, over: false, waiting: true, savedBy: null }];
    expect(play.beat('a')).toEqual([0]);
    expect(play.state.shards.get(1)?.owner).toBe('a');
    play.stop('a');
    play.beat('a');
    expect(play.state.shards.get(1)?.owner).toBeNull();
  });

  it('never lets two consumers read one shard while both are heard, in any schedule, and shares all of them in the end [K03]', () => {
    const act = fc.record({ who: fc.integer({ min: 0, max: 4 }), what: fc.constantFrom('beat', 'beat', 'beat', 'stop', 'wait', 'crash') });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(act, { maxLength: 60 }), (count, acts) => {
        const play = new Play(count);
        const check = (): void => {
          for (let shard = 0; shard < count; shard++) expect(play.readers(shard).length).toBeLessThanOrEqual(1);
        };
        for (const { who, what } of acts) {
          const name = `c${who}`;
          if (what === 'beat') play.beat(name);
          else if (what === 'stop') play.stop(name);
          else if (what === 'wait') {
            // Everyone who lives is heard in time: two beats within the timeout.
            for (let i = 0; i < 2; i++) {
              play.nowMs += TIMEOUT / 2;
              for (const living of play.held.keys()) play.beat(living);
              check();
            }
          } else {
            play.held.delete(name);
            play.stopping.delete(name);
          }
          check();
        }
        // The server was away for longer than the timeout: that is nobody's silence.
        play.nowMs += 10 * TIMEOUT;
        play.upSinceMs = play.nowMs;
        const living = [...play.held.keys()];
        if (living.length === 0) return;
        for (let i = 0; i < 4; i++) {
          for (const name of living) {
            play.beat(name);
            check();
          }
          play.nowMs += TIMEOUT / 2;
        }
        play.settle(living);
        const sizes = living.map((name) => play.held.get(name)?.size ?? 0);
        expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(count);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
  });
});
