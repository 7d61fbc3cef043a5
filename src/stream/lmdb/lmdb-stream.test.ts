import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeClock, systemClock } from '../../core/clock.ts';
import { quietContext } from '../../core/context.ts';
import { contractHelpers, streamContract } from '../stream.contract.ts';
import { LmdbStream, type LmdbStreamOptions } from './lmdb-stream.ts';

const { group, texts, rejects } = contractHelpers;
const options = (path: string): LmdbStreamOptions => ({ path, mapBytes: 4 * 1024 ** 3, commitWaitMs: 0, reserveBytes: 1 });

streamContract('lmdb', async (clock) => {
  const path = mkdtempSync(join(tmpdir(), 'sluice-stream-'));
  const ctx = quietContext(clock);
  let stream = await LmdbStream.open(options(path), ctx);
  return {
    stream,
    async reopen() {
      await stream.close();
      return (stream = await LmdbStream.open(options(path), ctx));
    },
    async dispose() {
      await stream.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
});

describe('lmdb stream', () => {
  const cleanups: (() => void)[] = [];
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'sluice-stream-'));
    cleanups.push(() => rmSync(path, { recursive: true, force: true }));
    return path;
  };
  afterEach(() => {
    for (const cleanup of cleanups.splice(0).reverse()) cleanup();
  });
  const at = { logstore: 1, shard: 0 };

  test('a directory belongs to one stream, until it is closed', async () => {
    const ctx = quietContext(new FakeClock());
    const path = folder();
    const first = await LmdbStream.open(options(path), ctx);
    const error = await rejects(() => LmdbStream.open(options(path), ctx), 'config.data_dir_in_use');
    expect(error.details).toMatchObject({ path, pid: process.pid });
    await first.close();
    const second = await LmdbStream.open(options(path), ctx);
    await second.close();
  });

  test('cursors start at the nanoseconds of creation', async () => {
    const clock = new FakeClock();
    const ctx = quietContext(clock);
    const stream = await LmdbStream.open(options(folder()), ctx);
    await stream.createShard(at, ctx);
    expect(await stream.cursorAt(at, 'begin', ctx)).toBe(BigInt(clock.nowMs()) * 1_000_000n);
    await stream.close();
  });

  test('after close nothing is taken, and what was queued before it is answered', async () => {
    const ctx = quietContext(new FakeClock());
    const stream = await LmdbStream.open(options(folder()), ctx);
    await stream.createShard(at, ctx);
    const queued = Array.from({ length: 20 }, (_, i) => stream.append(at, [group(String(i))], ctx));
    const closing = stream.close();
    await rejects(() => stream.append(at, [group('late')], ctx), 'stream.closed');
    const cursors = await Promise.all(queued);
    expect(new Set(cursors).size).toBe(20);
    await Promise.all([closing, stream.close()]);
    await rejects(() => stream.bounds(at, ctx), 'stream.closed');
  });

  test('trimming thousands of groups gives the file its pages back', async () => {
    const ctx = quietContext(new FakeClock());
    const stream = await LmdbStream.open(options(folder()), ctx);
    await stream.createShard(at, ctx);
    const body = 'y'.repeat(5000);
    const many = Array.from({ length: 1500 }, () => group(body));
    const first = await stream.append(at, many, ctx);
    await stream.trim(at, first + 1499n, ctx);
    expect(await stream.bounds(at, ctx)).toEqual({ begin: first + 1499n, end: first + 1500n, bytes: 5024 });
    await stream.deleteShard(at, ctx);
    expect(stream.storedBytes()).toBe(0);
    await stream.close();
  });

  test('kill -9: every acknowledged group is there exactly once, in the order of its writer', async () => {
    const ctx = quietContext(systemClock);
    const path = folder();
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 4; round++) {
      const child = spawn(process.execPath, [join(import.meta.dirname, 'testing/append-forever.ts'), path, '4'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const target = 60 + round * 37;
      let seen = 0;
      let tail = '';
      await new Promise<void>((resolve, reject) => {
        child.on('error', reject);
        child.stdout.setEncoding('utf8');
        child.stdout.on('data', (text: string) => {
          const lines = (tail + text).split('\n');
          tail = lines.pop() ?? '';
          for (const line of lines) {
            const [run, writer, number, cursor] = line.split(' ');
            acknowledged.set(`${run} ${writer} ${number}`, String(cursor));
            if (++seen === target) child.kill('SIGKILL');
          }
        });
        child.on('close', () => resolve());
      });
      expect(seen).toBeGreaterThanOrEqual(target);
    }

    const stream = await LmdbStream.open(options(path), ctx);
    const found = new Map<string, string>();
    const lastOfWriter = new Map<string, number>();
    let cursor = await stream.cursorAt(at, 'begin', ctx);
    for (;;) {
      const page = await stream.read(at, cursor, { groups: 100, bytes: 1e9, waitMs: 0 }, ctx);
      for (const text of texts(page.groups)) {
        const [run, writer, number] = text.split(' ');
        const id = `${run} ${writer} ${number}`;
        expect(found.has(id)).toBe(false);
        found.set(id, String(cursor));
        expect(Number(number)).toBe((lastOfWriter.get(`${run} ${writer}`) ?? -1) + 1);
        lastOfWriter.set(`${run} ${writer}`, Number(number));
        cursor++;
      }
      if (page.atEnd) break;
    }
    await stream.close();
    expect(acknowledged.size).toBeGreaterThan(400);
    for (const [id, cursor] of acknowledged) expect(found.get(id)).toBe(cursor);
  });

  const small = mountSmallDisk();
  test.skipIf(small === null)(
    `a full disk stores nothing of the batch, says so, and takes appends again when there is room${small === null ? ' (left out: mounting a small tmpfs needs root)' : ''}`,
    async () => {
      const path = small as string;
      cleanups.push(() => {
        execFileSync('umount', ['-l', path]);
        rmSync(path, { recursive: true, force: true });
      });
      const ctx = quietContext(new FakeClock());
      const stream = await LmdbStream.open({ ...options(join(path, 'stream')), reserveBytes: 1024 * 1024 }, ctx);
      await stream.createShard(at, ctx);
      const body = Buffer.alloc(200_000, 7);
      const batch = Array.from({ length: 5 }, () => ({ bytes: body, codec: 'none' as const, rawBytes: body.length, logs: 1 }));
      const begin = await stream.cursorAt(at, 'begin', ctx);
      let stored = 0n;
      const fill = async (): Promise<void> => {
        for (;;) {
          await stream.append(at, batch, ctx);
          stored += 5n;
        }
      };
      await rejects(fill, 'stream.full');
      expect(stored).toBeGreaterThan(10n);
      expect((await stream.bounds(at, ctx)).end).toBe(begin + stored);
      // The room that is left goes to another program: not even the reserve is there now.
      try {
        writeFileSync(join(path, 'other'), Buffer.alloc(64 * 1024 * 1024));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      }
      await rejects(() => stream.append(at, batch, ctx), 'stream.full');
      expect((await stream.bounds(at, ctx)).end).toBe(begin + stored);
      expect((await stream.read(at, begin, { groups: 1, bytes: 1, waitMs: 0 }, ctx)).groups).toHaveLength(1);
      // Trimming needs no space of its own.
      await stream.trim(at, begin + stored - 1n, ctx);
      rmSync(join(path, 'other'), { force: true });
      expect(await stream.append(at, batch, ctx)).toBe(begin + stored);
      await stream.close();
    },
  );
});

/** A disk of 24 MB, or null when this machine does not let us mount one. */
function mountSmallDisk(): string | null {
  const path = mkdtempSync(join(tmpdir(), 'sluice-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path], { stdio: 'ignore' });
    return path;
  } catch {
    rmSync(path, { recursive: true, force: true });
    return null;
  }
}
