import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogstoreInfo } from '../catalog.ts';
import { controlSetup, type ControlSetup } from '../testing/control-setup.ts';
import { ConsumerGroups } from './consumer-groups.ts';
import { cursorText } from './cursor-text.ts';

let setup: ControlSetup;
let groups: ConsumerGroups;
let ls: LogstoreInfo;

const open = (): ConsumerGroups => new ConsumerGroups(setup.state, setup.catalog, setup.stream, { quota: 3 }, setup.ctx);

beforeEach(async () => {
  setup = await controlSetup();
  await setup.catalog.createProject('p-1', '', {}, setup.ctx);
  ls = await setup.catalog.createLogstore('p-1', { name: 'app', ttlDays: 3, shardCount: 2 }, setup.ctx);
  groups = open();
});
afterEach(() => setup.close());

const at = (shard: number) => ({ logstore: ls.id, shard });
const beat = (consumer: string, held: readonly number[]) => groups.heartbeat(ls, 'cg', consumer, held, setup.ctx);
const save = (shard: number, cursor: bigint, consumer: string, force = true) =>
  groups.saveCheckpoint(ls, 'cg', { shard, checkpoint: cursorText(cursor), consumer, force }, setup.ctx);
const end = async (shard: number): Promise<bigint> => (await setup.stream.bounds(at(shard), setup.ctx)).end;
/** Past the time that a closed shard needs to settle. */
const settle = () => setup.clock.advance(3000);

describe('groups', () => {
  it('are made, listed, changed and deleted, each at most once', async () => {
    await groups.create(ls, 'cg', 60, false, setup.ctx);
    await expect(groups.create(ls, 'cg', 60, false, setup.ctx)).rejects.toMatchObject({ code: 'request.conflict' });
    await groups.update(ls, 'cg', { timeoutSec: 30 }, setup.ctx);
    expect(await groups.list(ls, setup.ctx)).toMatchObject([
      { name: 'cg', timeoutSec: 30, inOrder: false, consumers: [], checkpoints: [] },
    ]);
    await groups.delete(ls, 'cg', setup.ctx);
    await expect(groups.delete(ls, 'cg', setup.ctx)).rejects.toMatchObject({ code: 'request.not_found' });
    expect(await groups.list(ls, setup.ctx)).toEqual([]);
  });

  it('are limited in number, names and timeouts [K25]', async () => {
    for (const name of ['g1', 'g2', 'g3']) await groups.create(ls, name, 60, false, setup.ctx);
    await expect(groups.create(ls, 'g4', 60, false, setup.ctx)).rejects.toMatchObject({ code: 'request.quota', details: { limit: 3 } });
    await groups.delete(ls, 'g1', setup.ctx);
    await groups.create(ls, 'g4', 60, false, setup.ctx);
    for (const name of ['A', 'a', '', 'x y', '-ab', 'a'.repeat(64)])
      await expect(groups.create(ls, name, 60, false, setup.ctx)).rejects.toMatchObject({ code: 'request.invalid' });
    await expect(groups.update(ls, 'g2', { timeoutSec: 0 }, setup.ctx)).rejects.toMatchObject({ code: 'request.invalid' });
  });

  it('go with their logstore', async () => {
    await groups.create(ls, 'cg', 60, false, setup.ctx);
    await beat('a', []);
    await setup.catalog.deleteLogstore('p-1', 'app', setup.ctx);
    const left = await setup.state.read(
      async (db) => [
        await db.selectFrom('consumer_members').selectAll().execute(),
        await db.selectFrom('consumer_shards').selectAll().execute(),
      ],
      setup.ctx,
    );
    expect(left).toEqual([[], []]);
  });
});

describe('checkpoints', () => {
  beforeEach(() => groups.create(ls, 'cg', 60, false, setup.ctx));

  it('are listed for every shard, saved or not, and survive a restart [K05]', async () => {
    await beat('a', []);
    await save(1, 7n, 'a', false);
    groups = open();
    const us = setup.clock.nowMs() * 1000;
    expect(await groups.checkpoints(ls, 'cg', setup.ctx)).toEqual([
      { shard: 0, checkpoint: '', updateTime: 0, consumer: '' },
      { shard: 1, checkpoint: cursorText(7n), updateTime: us, consumer: 'a' },
    ]);
    expect(await groups.list(ls, setup.ctx)).toMatchObject([
      { consumers: [{ name: 'a', shards: [0, 1] }], checkpoints: [{ shard: 1, cursor: 7n, consumer: 'a' }] },
    ]);
  });

  it('are taken from the owner, by force from anyone, and never for what does not exist', async () => {
    await expect(save(0, 1n, 'a', false)).rejects.toMatchObject({ code: 'request.not_found', details: { resource: 'consumer' } });
    await save(0, 1n, 'stranger');
    await beat('a', []);
    await beat('b', []);
    await expect(save(0, 1n, 'b', false)).rejects.toMatchObject({ code: 'request.conflict', details: { resource: 'consumer', name: 'b' } });
    await save(0, 9n, 'a', false);
    await save(0, 2n, 'a', false);
    await expect(save(9, 1n, 'a')).rejects.toMatchObject({ code: 'request.not_found', details: { resource: 'shard' } });
    await expect(
      groups.saveCheckpoint(ls, 'cg', { shard: 0, checkpoint: 'not base64!', consumer: 'a', force: true }, setup.ctx),
    ).rejects.toMatchObject({
      code: 'request.invalid',
      details: { resource: 'checkpoint' },
    });
    await expect(
      groups.saveCheckpoint(ls, 'none', { shard: 0, checkpoint: 'MQ==', consumer: 'a', force: true }, setup.ctx),
    ).rejects.toMatchObject({
      details: { resource: 'consumer_group' },
    });
    await setup.clock.advance(61_000);
    await expect(save(0, 3n, 'a', false)).rejects.toMatchObject({ details: { resource: 'consumer' } });
    expect((await groups.checkpoints(ls, 'cg', setup.ctx))[0]).toMatchObject({ checkpoint: cursorText(2n) });
  });

  it('moved by a tool hold against the consumer that still works on the shard', async () => {
    await beat('a', []);
    await save(0, 50n, 'a');
    await groups.reset(ls, 'cg', 0, 10n, setup.ctx);
    // It is told to stop, and what it saves on its way out does not undo the reset.
    expect(await beat('a', [0, 1])).toEqual([1]);
    await save(0, 55n, 'a');
    await expect(save(0, 55n, 'a', false)).rejects.toMatchObject({ code: 'request.conflict' });
    expect((await groups.checkpoints(ls, 'cg', setup.ctx))[0]).toMatchObject({ checkpoint: cursorText(10n), consumer: '' });
    // Once it has stopped it gets the shard again, and starts from there.
    expect(await beat('a', [1])).toEqual([0, 1]);
    await save(0, 11n, 'a', false);
    expect((await groups.checkpoints(ls, 'cg', setup.ctx))[0]).toMatchObject({ checkpoint: cursorText(11n) });
  });
});

describe('a consumer that was silent for too long', () => {
  it('starts anew from the checkpoint that a tool has set meanwhile, although it still holds the shard', async () => {
    await groups.create(ls, 'cg', 60, false, setup.ctx);
    await beat('a', []);
    await save(0, 50n, 'a');
    await setup.clock.advance(61_000);
    await groups.reset(ls, 'cg', 0, 10n, setup.ctx);
    expect(await beat('a', [0, 1])).toEqual([1]);
    await save(0, 55n, 'a');
    expect((await groups.checkpoints(ls, 'cg', setup.ctx))[0]).toMatchObject({ checkpoint: cursorText(10n) });
    expect(await beat('a', [1])).toEqual([0, 1]);
  });
});

describe('split and merged shards', () => {
  it('in order, children wait until every parent is drained and its end is saved', async () => {
    await groups.create(ls, 'cg', 60, true, setup.ctx);
    await setup.put(ls.id, 0, 3);
    expect(await beat('a', [])).toEqual([0, 1]);
    await setup.catalog.splitShard(ls.id, 0, null, setup.ctx);
    await settle();
    expect(await beat('a', [0, 1])).toEqual([0, 1]);
    await save(0, (await end(0)) - 1n, 'a');
    expect(await beat('a', [0, 1])).toEqual([0, 1]);
    await save(0, await end(0), 'a');
    expect(await beat('a', [0, 1])).toEqual([1, 2, 3]);
    // The last checkpoint of a shard that is over is still taken, also from a library that does not force it.
    await save(0, await end(0), 'a', false);
    await setup.catalog.mergeShards(ls.id, 2, setup.ctx);
    await setup.put(ls.id, 3, 1);
    await settle();
    // Shard 2 is empty and never gets a checkpoint; shard 3 has one group left.
    expect(await beat('a', [1, 2, 3])).toEqual([1, 3]);
    await save(3, await end(3), 'a');
    expect(await beat('a', [1, 3])).toEqual([1, 4]);
  });

  it('without order, parents and children are read side by side', async () => {
    await groups.create(ls, 'cg', 60, false, setup.ctx);
    await setup.put(ls.id, 0, 1);
    await setup.catalog.splitShard(ls.id, 0, null, setup.ctx);
    await settle();
    expect(await beat('a', [])).toEqual([0, 1, 2, 3]);
  });

  it('an empty readonly shard is released although no client ever saves a checkpoint for it', async () => {
    await groups.create(ls, 'cg', 60, true, setup.ctx);
    expect(await beat('a', [])).toEqual([0, 1]);
    await setup.catalog.splitShard(ls.id, 0, null, setup.ctx);
    await settle();
    expect(await beat('a', [0, 1])).toEqual([1, 2, 3]);
  });

  it('a shard that was closed a moment ago does not count as drained: a put may still be on its way', async () => {
    await groups.create(ls, 'cg', 60, true, setup.ctx);
    await beat('a', []);
    await setup.catalog.splitShard(ls.id, 0, null, setup.ctx);
    expect(await beat('a', [0, 1])).toEqual([0, 1]);
    await setup.put(ls.id, 0, 1);
    await settle();
    expect(await beat('a', [0, 1])).toEqual([0, 1]);
  });

  it('switching order off lets the children go, switching it on holds back only later ones', async () => {
    await groups.create(ls, 'cg', 60, true, setup.ctx);
    await setup.put(ls.id, 0, 1);
    await setup.catalog.splitShard(ls.id, 0, null, setup.ctx);
    await settle();
    expect(await beat('a', [])).toEqual([0, 1]);
    await groups.update(ls, 'cg', { inOrder: false }, setup.ctx);
    expect(await beat('a', [0, 1])).toEqual([0, 1, 2, 3]);
    await groups.update(ls, 'cg', { inOrder: true }, setup.ctx);
    expect(await beat('a', [0, 1, 2, 3])).toEqual([0, 1, 2, 3]);
    await setup.put(ls.id, 1, 1);
    await setup.catalog.splitShard(ls.id, 1, null, setup.ctx);
    await settle();
    expect(await beat('a', [0, 1, 2, 3])).toEqual([0, 1, 2, 3]);
  });

  it('a parent that retention has removed holds nobody back', async () => {
    await groups.create(ls, 'cg', 60, true, setup.ctx);
    await setup.put(ls.id, 0, 1);
    await setup.catalog.splitShard(ls.id, 0, null, setup.ctx);
    await settle();
    expect(await beat('a', [])).toEqual([0, 1]);
    await setup.catalog.deleteShard(ls.id, 0, setup.ctx);
    expect(await beat('a', [0, 1])).toEqual([1, 2, 3]);
  });
});

describe('consumers', () => {
  beforeEach(() => groups.create(ls, 'cg', 60, false, setup.ctx));

  it('hand a shard over without both reading it, also across a restart of the server', async () => {
    expect(await beat('a', [])).toEqual([0, 1]);
    expect(await beat('b', [])).toEqual([]);
    groups = open();
    expect(await beat('a', [0, 1])).toEqual([0]);
    expect(await beat('b', [])).toEqual([]);
    expect(await beat('a', [0])).toEqual([0]);
    expect(await beat('b', [])).toEqual([1]);
  });

  it('do not count as silent for the time the server was away', async () => {
    await beat('a', []);
    await beat('b', []);
    await beat('a', [0, 1]);
    await beat('a', [0]);
    await setup.clock.advance(600_000);
    groups = open();
    expect(await beat('b', [1])).toEqual([1]);
    expect(await beat('a', [0])).toEqual([0]);
    await setup.clock.advance(61_000);
    expect(await beat('b', [1])).toEqual([0, 1]);
  });

  it('that come back after their timeout are answered with what they may work on, so that no library is caught in an error loop', async () => {
    await beat('a', []);
    await setup.clock.advance(61_000);
    expect(await beat('b', [])).toEqual([0, 1]);
    expect(await beat('a', [0, 1])).toEqual([]);
    // a has stopped; b lets go of its share.
    expect(await beat('b', [0, 1])).toEqual([0]);
    expect(await beat('b', [0])).toEqual([0]);
    expect(await beat('a', [])).toEqual([1]);
  });

  it('go on with their shards when the group was deleted and made again under them', async () => {
    await beat('a', []);
    await groups.delete(ls, 'cg', setup.ctx);
    await expect(beat('a', [0, 1])).rejects.toMatchObject({ details: { resource: 'consumer_group' } });
    await groups.create(ls, 'cg', 60, false, setup.ctx);
    expect(await beat('a', [0, 1])).toEqual([0, 1]);
    expect(await beat('b', [])).toEqual([]);
  });

  it('ten at once never share a shard', async () => {
    await setup.catalog.createLogstore('p-1', { name: 'wide', ttlDays: 3, shardCount: 10 }, setup.ctx);
    const wide = setup.catalog.logstore('p-1', 'wide')!;
    await groups.create(wide, 'cg', 60, false, setup.ctx);
    const held = new Map(Array.from({ length: 10 }, (_, i) => [`c${i}`, [] as readonly number[]]));
    for (let round = 0; round < 6; round++) {
      await Promise.all(
        [...held].map(async ([name, has]) => {
          const working = await groups.heartbeat(wide, 'cg', name, has, setup.ctx);
          // Starts what is new, and has stopped what it was told to by the next heartbeat.
          held.set(name, working);
        }),
      );
      const all = [...held.values()].flat();
      expect(new Set(all).size).toBe(all.length);
    }
    expect([...held.values()].map((has) => has.length)).toEqual(Array.from({ length: 10 }, () => 1));
  });
});
