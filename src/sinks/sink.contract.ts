import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunContext } from '../core/context.ts';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from '../ship/testing/ship-setup.ts';
import { Shipper } from '../ship/shipper.ts';
import type { LogstoreOrigin } from './encode/log-encoder.ts';
import type { Sink } from './sink.ts';
import { FaultProxy, randomFaults, seeded } from './testing/fault-proxy.ts';

/** A receiver that runs, and how to reach it. */
export interface ContractReceiver {
  /** Where it listens. */
  readonly port: number;
  /** Where it listens for what comes through the proxy, when that is another port. */
  readonly behindProxy?: number;
  /** A sink that delivers to it through `port` (the receiver's own, or a proxy's). */
  open(port: number): Sink;
  /** The field `id` of every log it has kept, in any order; one that came twice stands there twice. */
  ids(): Promise<readonly string[]>;
  /** Forgets what it has kept. */
  clear(): Promise<void>;
  /** Makes it answer wrong in its own protocol's ways (busy, failed, half accepted) in some of its answers; null: never. */
  misbehave?(random: (() => number) | null): void;
  /** Makes it refuse for good the logs with these ids. */
  refuse?(ids: ReadonlySet<string>): void;
  /** A sink with a secret it does not know. */
  openWithWrongSecret?(port: number): Sink;
  stop(): Promise<void>;
}

export interface ContractFacts {
  /**
   * Whether a batch that is sent again after an answer was lost may stand there twice. False: the receiver itself drops repeats (a document id, an object key).
   */
  readonly repeats: boolean;
  /** Random schedules that are run. */
  readonly seeds?: readonly number[];
}

const ORIGIN: LogstoreOrigin = { project: 'secure', logstore: 'waf' };

/**
 * What every sink promises, through the shipper as it runs: nothing lost, totals that add up, a receipt for every batch, errors that say what to do.
 * @param start is given the port of the proxy that connections go wrong in
 */
export function sinkContract(name: string, start: (proxyPort: number) => Promise<ContractReceiver>, facts: ContractFacts): void {
  describe(`${name} as a sink`, () => {
    let receiver: ContractReceiver;
    let proxy: FaultProxy;
    let setup: ShipSetup;
    let ids: readonly string[];
    let groups = 0;

    beforeAll(async () => {
      // Before the receiver: some tell their clients which port to come to.
      proxy = await FaultProxy.start(0);
      receiver = await start(proxy.port);
      proxy.target = receiver.behindProxy ?? receiver.port;
      setup = await shipSetup(3);
      ids = await setup.fill(30, 100, (builder, n) => {
        if (n % 50 === 0) builder.field('odd', 'a|b=c\\d "e"\n\tf\u0000 ]');
      });
    });
    afterAll(async () => {
      await proxy.down();
      await receiver.stop();
      await setup.close();
    });

    interface Run {
      readonly shipper: Shipper;
      readonly letters: KeptLetters;
      readonly receipts: KeptReceipts;
      readonly group: string;
      readonly run: (ctx?: RunContext) => Promise<void>;
    }

    function shipperTo(sink: Sink, group = `group-${groups++}`): Run {
      const letters = new KeptLetters();
      const receipts = new KeptReceipts();
      const shipper = new Shipper({ client: setup.api(), sink, deadLetters: letters, receipts }, { ...QUICK, group });
      return {
        shipper,
        letters,
        receipts,
        group,
        run: async (ctx = setup.ctx) => {
          try {
            await shipper.run(ctx);
          } finally {
            await sink.close();
          }
        },
      };
    }

    async function fresh(): Promise<void> {
      await receiver.clear();
      receiver.misbehave?.(null);
      receiver.refuse?.(new Set());
      proxy.next = () => ({ kind: 'none' });
      proxy.faults = 0;
    }

    /** Receivers may still be writing what they have acknowledged to where it can be read. */
    async function settled(wanted: number): Promise<readonly string[]> {
      let kept: readonly string[] = [];
      for (let attempt = 0; attempt < 200; attempt++) {
        kept = await receiver.ids();
        if (new Set(kept).size >= wanted) break;
        await setup.ctx.clock.sleep(25, setup.ctx.signal);
      }
      return kept;
    }

    it('delivers every log once, with totals and receipts that add up', async () => {
      await fresh();
      const { shipper, receipts, run } = shipperTo(receiver.open(receiver.port));
      await run();
      expect(shipper.totals).toMatchObject({ read: ids.length, delivered: ids.length, filtered: 0, deadLettered: 0, retries: 0 });
      expect([...(await settled(ids.length))].sort()).toEqual([...ids].sort());
      expect(receipts.all.reduce((sum, receipt) => sum + receipt.records, 0)).toBe(ids.length);
      for (const receipt of receipts.all) {
        expect(receipt).toMatchObject({ ...ORIGIN, deadLettered: 0, attempts: 1 });
        expect(receipt.first).toMatch(/^\d+:\d+$/);
        expect(receipt.acknowledgement).not.toBe('');
        expect(receipt.target).not.toBe('');
      }
    });

    it.each(facts.seeds ?? [1, 2, 3, 4])('loses nothing while connections and answers go wrong at random (seed %i)', async (seed) => {
      await fresh();
      const random = seeded(seed);
      proxy.next = randomFaults(random, 0.5);
      receiver.misbehave?.(random);
      const { shipper, letters, receipts, run } = shipperTo(receiver.open(proxy.port));
      await run();
      expect(proxy.faults).toBeGreaterThan(0);
      const { read, delivered, filtered, deadLettered } = shipper.totals;
      expect(letters.all.map((letter) => `${letter.identity} ${letter.error.message}`)).toEqual([]);
      expect({ read, sum: delivered + filtered + deadLettered }).toEqual({ read: ids.length, sum: ids.length });
      expect(receipts.all.reduce((sum, receipt) => sum + receipt.records, 0)).toBe(ids.length);
      const kept = await settled(ids.length);
      expect([...new Set(kept)].sort()).toEqual([...ids].sort());
      if (!facts.repeats) expect(kept).toHaveLength(ids.length);
    });

    it('waits for a receiver that is away, and goes on where a shipper was stopped', async () => {
      await fresh();
      await proxy.down();
      const first = shipperTo(receiver.open(proxy.port));
      const stop = new AbortController();
      const running = first.run({ ...setup.ctx, signal: stop.signal });
      while (first.shipper.totals.retries === 0) await setup.ctx.clock.sleep(10, setup.ctx.signal);
      expect(first.shipper.totals.delivered).toBe(0);
      await proxy.up();
      while (first.shipper.totals.delivered === 0) await setup.ctx.clock.sleep(5, setup.ctx.signal);
      stop.abort();
      await running;
      const second = shipperTo(receiver.open(proxy.port), first.group);
      await second.run();
      expect(first.shipper.totals.delivered + second.shipper.totals.delivered).toBe(ids.length);
      expect([...new Set(await settled(ids.length))].sort()).toEqual([...ids].sort());
    });

    it('names what is wrong before anything is shipped', async () => {
      await fresh();
      const good = receiver.open(receiver.port);
      const steps = await good.check(false, setup.ctx);
      await good.close();
      expect(steps.filter((step) => !step.ok)).toEqual([]);
      expect(steps.length).toBeGreaterThan(0);
      expect(await receiver.ids()).toEqual([]);
      await proxy.down();
      const away = receiver.open(proxy.port);
      const found = (await away.check(false, setup.ctx)).filter((step) => !step.ok);
      await away.close();
      await proxy.up();
      expect(found.map((step) => step.stage)).toEqual(['tcp']);
    });

    it('keeps what is refused for good as dead letters with the reason, and delivers the rest', async (test) => {
      await fresh();
      if (receiver.refuse === undefined) return test.skip('this receiver refuses nothing that it can read');
      const refused = new Set([ids[0]!, ids[7]!, ids[1234]!, ids.at(-1)!]);
      receiver.refuse(refused);
      const { shipper, letters, run } = shipperTo(receiver.open(receiver.port));
      await run();
      expect(shipper.totals).toMatchObject({ read: ids.length, delivered: ids.length - refused.size, deadLettered: refused.size });
      expect(letters.all).toHaveLength(refused.size);
      for (const letter of letters.all) {
        const text = letter.record.toString('utf8');
        expect([...refused].some((id) => text.includes(`"${id}"`) || text.includes(`=${id}`))).toBe(true);
        expect(letter.error.code).toBe('sink.rejected');
        expect(letter.error.message).not.toBe('');
      }
      expect([...new Set(await settled(ids.length - refused.size))].sort()).toEqual(ids.filter((id) => !refused.has(id)).sort());
    });

    it('stops for a secret that is refused, with nothing lost', async (test) => {
      await fresh();
      if (receiver.openWithWrongSecret === undefined) return test.skip('this receiver asks for no secret');
      const probe = receiver.openWithWrongSecret(receiver.port);
      expect((await probe.check(false, setup.ctx)).find((step) => !step.ok)?.stage).toMatch(/^(token|permission)$/);
      await probe.close();
      const wrong = shipperTo(receiver.openWithWrongSecret(receiver.port));
      await expect(wrong.run()).rejects.toMatchObject({ code: 'sink.auth' });
      expect(wrong.shipper.totals).toMatchObject({ delivered: 0, deadLettered: 0 });
      expect(await receiver.ids()).toEqual([]);
      const right = shipperTo(receiver.open(receiver.port), wrong.group);
      await right.run();
      expect(right.shipper.totals.delivered).toBe(ids.length);
    });
  });
}
