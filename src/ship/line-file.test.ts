import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SluiceError } from '../core/errors.ts';
import { systemClock } from '../core/clock.ts';
import { quietContext } from '../core/context.ts';
import { FileDeadLetters, type LetterLine } from './file-reports.ts';
import { LineFile } from './line-file.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-lines-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const linesOf = (path: string): unknown[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

describe('LineFile', () => {
  it('keeps the lines of several writers whole, for its owner only', async () => {
    const path = join(dir, 'deep', 'lines.ndjson');
    const files = [new LineFile(path), new LineFile(path), new LineFile(path)];
    const wide = 'x'.repeat(100_000);
    await Promise.all(
      files.flatMap((file, writer) =>
        Array.from({ length: 20 }, (_, n) =>
          file.append(
            [
              { writer, n, wide },
              { writer, n, wide },
            ],
            n % 2 === 0,
          ),
        ),
      ),
    );
    await Promise.all(files.map((file) => file.close()));
    expect(linesOf(path)).toHaveLength(120);
    for (const writer of [0, 1, 2])
      expect(
        linesOf(path)
          .filter((line) => (line as { writer: number }).writer === writer)
          .map((line) => (line as { n: number }).n),
      ).toEqual(Array.from({ length: 40 }, (_, i) => i >> 1));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('begins anew when it is full, keeping the one before', async () => {
    const path = join(dir, 'lines.ndjson');
    const file = new LineFile(path, 1000);
    for (let n = 0; n < 50; n++) await file.append([{ n, pad: 'x'.repeat(100) }], false);
    await file.close();
    expect(existsSync(`${path}.1`)).toBe(true);
    expect(statSync(path).size).toBeLessThan(2000);
    const kept = [...linesOf(`${path}.1`), ...(existsSync(path) ? linesOf(path) : [])].map((line) => (line as { n: number }).n);
    expect(kept.at(-1)).toBe(49);
    expect(kept).toEqual(kept.map((_, i) => kept[0]! + i));
  });

  it('says that a place cannot be written, and goes on when it can', async () => {
    const path = join(dir, 'file', 'lines.ndjson');
    const blocker = new LineFile(join(dir, 'file'));
    await blocker.append([1], false);
    await blocker.close();
    const file = new LineFile(path);
    await expect(file.append([1], true)).rejects.toMatchObject({
      code: 'state.unavailable',
      message: expect.stringContaining(path) as string,
    });
    rmSync(join(dir, 'file'));
    await file.append([2], true);
    await file.close();
    expect(linesOf(path)).toEqual([2]);
  });
});

describe('FileDeadLetters', () => {
  it('keeps the bytes of a record exactly, text or not', async () => {
    const path = join(dir, 'dead.ndjson');
    const letters = new FileDeadLetters(path);
    const records = [Buffer.from('{"a":"浏"}'), Buffer.from([0x0a, 0xff, 0x00])];
    const place = { project: 'p', logstore: 'l', shard: 1, target: 't', error: new SluiceError('sink.rejected', 'no') };
    await letters.write(
      records.map((record, n) => ({ ...place, identity: `7:${n}`, record })),
      quietContext(systemClock),
    );
    await letters.close();
    const lines = linesOf(path) as LetterLine[];
    expect(lines.map((line) => (line.record === undefined ? Buffer.from(line.recordBase64!, 'base64') : Buffer.from(line.record)))).toEqual(
      records,
    );
    expect(lines[1]).toMatchObject({
      project: 'p',
      logstore: 'l',
      shard: 1,
      identity: '7:1',
      target: 't',
      code: 'sink.rejected',
      reason: 'no',
    });
  });
});
