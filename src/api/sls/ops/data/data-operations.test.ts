import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LogstoreInfo } from '../../../../control/catalog.ts';
import { cursorText } from '../../../../control/consumer-groups/cursor-text.ts';
import { compress } from '../../../../core/codec.ts';
import { SluiceError } from '../../../../core/errors.ts';
import { GroupBuilder } from '../../../../core/group-builder.ts';
import { decodeGroup } from '../../../../core/group-reader.ts';
import type { Codec, LogGroup } from '../../../../core/log.ts';
import type { SlsClient } from '../../../../sources/sls/sls-client.ts';
import { autoSplitJob } from '../../shard-rates.ts';
import { groupsOf } from '../../testing/group-list.ts';
import { refusal, wireSetup, type WireSetup } from '../../testing/wire-setup.ts';
import { WriteQuota } from '../../write-quota.ts';

describe('logs in and out over the wire', () => {
  let control: WireSetup;
  let client: SlsClient;
  let info: LogstoreInfo;
  let made = 0;

  beforeAll(async () => {
    control = await wireSetup();
    client = control.client();
  });

  afterAll(async () => {
    await control.close();
  });

  beforeEach(async () => {
    info = await control.catalog.createLogstore('p-1', { name: `store-${++made}`, ttlDays: 7, shardCount: 1 }, control.ctx);
  });

  const nowSec = (): number => Math.floor(control.clock.nowMs() / 1000);

  function group(logs: readonly Readonly<Record<string, string | Uint8Array>>[], timeSec = nowSec()): Buffer {
    const builder = new GroupBuilder();
    builder.begin();
    for (const fields of logs) {
      builder.beginLog(timeSec, 5);
      for (const [key, value] of Object.entries(fields)) builder.field(key, value);
      builder.endLog();
    }
    builder.topic('t');
    builder.source('10.0.0.1');
    builder.tag('__pack_id__', 'A-1');
    return builder.finish();
  }

  const put = async (raw: Buffer, codec: Codec = 'lz4', path = `/logstores/${info.name}/shards/lb`, query: Record<string, string> = {}) =>
    await client.call(
      'POST',
      path,
      query,
      { bytes: Buffer.from(compress(codec, raw)), type: 'application/x-protobuf', rawBytes: raw.length, codec },
      {},
      control.ctx,
    );

  const pull = async (shard = 0, cursor = cursorText(0n), count = 100, query: Record<string, string> = {}, headers: Record<string, string> = {}) => {
    const answer = await client.call('GET', `/logstores/${info.name}/shards/${shard}`, { type: 'logs', cursor, count: String(count), ...query }, null, headers, control.ctx);
    return answer;
  };

  const pulled = async (shard = 0): Promise<readonly LogGroup[]> => {
    const page = await client.pull(info.name, shard, await client.cursor(info.name, shard, 'begin', control.ctx), 1000, null, control.ctx);
    return groupsOf(page.list).map((bytes) => decodeGroup(bytes));
  };

  it.each(['none', 'lz4', 'zstd', 'deflate'] as const)('takes %s bodies and gives the groups back byte for byte', async (codec) => {
    const groups = [group([{ a: '1', b: 'x'.repeat(500) }]), group([{ bytes: Buffer.from([0xff, 0xfe, 0]) }, { a: '' }])];
    for (const raw of groups) await put(raw, codec);
    for (const accepted of ['lz4', 'zstd', '']) {
      const answer = await pull(0, await client.cursor(info.name, 0, 'begin', control.ctx), 100, {}, { 'accept-encoding': accepted });
      expect(answer.headers['x-log-count']).toBe('2');
      expect(answer.headers['x-log-compresstype']).toBe(accepted === '' ? undefined : accepted);
    }
    const page = await client.pull(info.name, 0, await client.cursor(info.name, 0, 'begin', control.ctx), 100, null, control.ctx);
    expect(groupsOf(page.list)).toEqual(groups);
  });

  it('stores any group of any shape as it came (random groups)', async () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 30 });
    const sent: Buffer[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.dictionary(text, text, { maxKeys: 6 }), { minLength: 1, maxLength: 5 }), fc.constantFrom<Codec>('none', 'lz4', 'zstd', 'deflate'), async (logs, codec) => {
        const raw = group(logs);
        await put(raw, codec);
        sent.push(raw);
      }),
      { numRuns: 60 },
    );
    const page = await client.pull(info.name, 0, await client.cursor(info.name, 0, 'begin', control.ctx), 1000, null, control.ctx);
    expect(groupsOf(page.list)).toEqual(sent);
  });

  it('takes the forms of other clients: no shards in the path, a gzip label, JSON, a batch of packages', async () => {
    await put(group([{ way: 'go' }]), 'lz4', `/logstores/${info.name}`);
    const gz = group([{ way: 'gzip' }]);
    await client.call('POST', `/logstores/${info.name}/shards/lb`, {}, { bytes: gzipSync(gz), type: 'application/x-protobuf', rawBytes: gz.length }, { 'x-log-compresstype': 'gzip' }, control.ctx);
    const json = { __topic__: 'jt', __source__: 's', __tags__: { k: 'v' }, __logs__: [{ __time__: nowSec(), way: 'json', n: 5 }] };
    await client.call('POST', `/logstores/${info.name}/shards/lb`, {}, { bytes: Buffer.from(JSON.stringify(json)), type: 'application/json' }, {}, control.ctx);
    const inner = group([{ way: 'package' }]);
    const block = compress('lz4', inner);
    const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]);
    const one = Buffer.from([0x0a, ...varint(block.byteLength), ...block, 0x10, ...varint(inner.length), 0x18, 2]);
    const list = Buffer.from([0x0a, ...varint(one.length), ...one]);
    await client.call('POST', `/logstores/${info.name}/shards/lb`, {}, { bytes: list, type: 'application/x-protobuf' }, { 'x-log-mode': 'batch_group', 'x-log-compresstype': 'lz4' }, control.ctx);
    const groups = await pulled();
    expect(groups.map(({ logs }) => logs[0]?.fields['way'])).toEqual(['go', 'gzip', 'json', 'package']);
    expect(groups[2]).toMatchObject({ topic: 'jt', source: 's', tags: { k: 'v' } });
    expect(groups[2]?.logs[0]?.fields).toMatchObject({ way: 'json', n: '5' });
  });

  it('refuses what is broken with its code, stores nothing of it, and the connection goes on', async () => {
    const raw = group([{ a: 'x'.repeat(1000) }]);
    const path = `/logstores/${info.name}/shards/lb`;
    const send = async (bytes: Buffer, headers: Record<string, string>, rawBytes = raw.length) =>
      await refusal(client.call('POST', path, {}, { bytes, type: 'application/x-protobuf', rawBytes }, headers, control.ctx));
    const block = Buffer.from(compress('lz4', raw));
    expect(await send(block.subarray(0, block.length - 5), { 'x-log-compresstype': 'lz4' })).toBe('400 PostBodyUncompressError');
    expect(await send(block, { 'x-log-compresstype': 'lz4' }, raw.length + 1)).toBe('400 PostBodyUncompressError');
    expect(await send(block, { 'x-log-compresstype': 'snappy' })).toBe('400 InvalidCompressType');
    expect(await send(raw.subarray(0, raw.length / 2), {})).toBe('400 PostBodyInvalid');
    expect(await send(Buffer.from('not protobuf at all'), {})).toBe('400 PostBodyInvalid');
    // A log without a time: field 1 of the log is missing.
    expect(await send(Buffer.from([0x0a, 0x08, 0x12, 0x06, 0x0a, 0x01, 0x61, 0x12, 0x01, 0x62]), {})).toBe('400 PostBodyInvalid');
    // A bomb: 20 MB of zeros in 20 kB, declared honestly and not.
    const bomb = Buffer.from(compress('zstd', Buffer.alloc(20 * 1024 * 1024)));
    expect(await send(bomb, { 'x-log-compresstype': 'zstd' }, 20 * 1024 * 1024)).toBe('400 PostBodyTooLarge');
    expect(await send(bomb, { 'x-log-compresstype': 'zstd' }, 100)).toBe('400 PostBodyUncompressError');
    const limit = control.settings.sls.maxBodyBytes;
    expect(await send(Buffer.alloc(limit + 1), {}, limit + 1)).toBe('400 PostBodyTooLarge');
    expect(await refusal(put(raw, 'lz4', '/logstores/none-such/shards/lb'))).toBe('404 LogStoreNotExist');
    expect(await pulled()).toEqual([]);
    await put(raw);
    expect(await pulled()).toHaveLength(1);
  });

  it('takes log times within the window only', async () => {
    expect(await refusal(put(group([{ a: '1' }], nowSec() - 8 * 86_400)))).toBe('400 InvalidTimestamp');
    expect(await refusal(put(group([{ a: '1' }], nowSec() + 3600)))).toBe('400 InvalidTimestamp');
    expect(await refusal(put(group([{ a: '1' }], nowSec() - 6 * 86_400)))).toBe('accepted');
    expect(await refusal(put(group([{ a: '1' }], nowSec() + 600)))).toBe('accepted');
  });

  it('a wrong secret, a wrong clock, an unknown project', async () => {
    const { ctx } = control;
    const body = { bytes: group([{ a: '1' }]), codec: 'none' as const, rawBytes: group([{ a: '1' }]).length };
    expect(await refusal(control.client({ accessKeySecret: 'wrong' }).putLogs(info.name, body, ctx))).toBe('401 SignatureNotMatch');
    expect(await refusal(control.client({ project: 'no-such' }).putLogs(info.name, body, ctx))).toBe('404 ProjectNotExist');
    const late = { ...ctx, clock: { ...ctx.clock, nowMs: () => control.clock.nowMs() - 3_600_000, elapsedMs: () => 0, sleep: () => Promise.resolve() } };
    expect(await refusal(client.putLogs(info.name, body, late))).toBe('400 RequestTimeTooSkewed');
  });

  it('pages a shard: cursors by place and time, counts, end cursor, end of the shard', async () => {
    const { ctx, clock } = control;
    for (let n = 0; n < 5; n++) {
      await put(group([{ n: String(n) }]));
      await clock.advance(10_000);
    }
    const begin = await client.cursor(info.name, 0, 'begin', ctx);
    const end = await client.cursor(info.name, 0, 'end', ctx);
    const number = (cursor: string): bigint => BigInt(Buffer.from(cursor, 'base64').toString());
    expect(number(end) - number(begin)).toBe(5n);
    const numbers: string[] = [];
    for (let at = begin; ; ) {
      const page = await client.pull(info.name, 0, at, 2, null, ctx);
      for (const bytes of groupsOf(page.list)) numbers.push(decodeGroup(bytes).logs[0]?.fields['n'] ?? '');
      if (page.next === at) break;
      at = page.next;
    }
    expect(numbers).toEqual(['0', '1', '2', '3', '4']);
    const third = cursorText(number(begin) + 2n);
    const clamped = await pull(0, begin, 100, { end_cursor: third });
    expect(clamped.headers).toMatchObject({ 'x-log-cursor': third, 'x-log-count': '2', 'x-log-end-of-cursor': '0' });
    const atEnd = await pull(0, end);
    expect(atEnd.headers).toMatchObject({ 'x-log-cursor': end, 'x-log-count': '0', 'x-log-bodyrawsize': '0', 'x-log-end-of-cursor': '1' });
    expect(atEnd.headers['x-log-compresstype']).toBeUndefined();
    // The third group came 20 s after the first.
    const firstSec = await client.cursorTime(info.name, 0, begin, ctx);
    expect(await client.cursor(info.name, 0, String(firstSec + 20), ctx)).toBe(third);
    expect(await client.cursorTime(info.name, 0, third, ctx)).toBe(firstSec + 20);
    expect(await client.cursor(info.name, 0, String(nowSec() + 1000), ctx)).toBe(end);
    expect(await refusal(client.cursor(info.name, 0, 'middle', ctx))).toBe('400 ParameterInvalid');
    expect(await refusal(pull(0, 'not a cursor'))).toBe('400 ParameterInvalid');
    expect(await refusal(pull(0, cursorText(number(end) + 10n)))).toBe('400 InvalidCursor');
    expect(await refusal(pull(7, begin))).toBe('400 ShardNotExist');
    expect(await refusal(pull(0, begin, 1001))).toBe('400 ParameterInvalid');
    // SDKs ask for the place before the first and want to hear that it is none.
    expect(await refusal(client.cursorTime(info.name, 0, cursorText(number(begin) - 1n), ctx))).toBe('400 InvalidCursor');
  });

  it('keeps an answer within its largest size, and gives one group in any case', async () => {
    const big = 'y'.repeat(3 * 1024 * 1024);
    for (let n = 0; n < 6; n++) await put(group([{ n: String(n), big }]));
    let at = await client.cursor(info.name, 0, 'begin', control.ctx);
    let groups = 0;
    for (;;) {
      const page = await client.pull(info.name, 0, at, 1000, null, control.ctx);
      expect(page.list.length).toBeLessThanOrEqual(control.settings.sls.pullMaxBytes + 1024);
      groups += page.groups;
      if (page.next === at) break;
      at = page.next;
    }
    expect(groups).toBe(6);
  });

  it('splits and merges shards; keys lead to the shard that has them', async () => {
    const { ctx } = control;
    const call = async (method: 'GET' | 'POST', shard: number | null, query: Record<string, string> = {}) => {
      const answer = await client.call(method, `/logstores/${info.name}/shards${shard === null ? '' : `/${shard}`}`, query, null, {}, ctx);
      return JSON.parse(answer.body.toString()) as { shardID: number; status: string; inclusiveBeginKey: string; exclusiveEndKey: string }[];
    };
    await put(group([{ n: 'before' }]));
    expect(await refusal(call('POST', 0, { action: 'split', key: '00' }))).toBe('400 ParameterInvalid');
    const split = await call('POST', 0, { action: 'split', key: '40000000000000000000000000000000' });
    expect(split.map(({ shardID, status, inclusiveBeginKey }) => [shardID, status, inclusiveBeginKey.slice(0, 2)])).toEqual([
      [0, 'readonly', '00'],
      [1, 'readwrite', '00'],
      [2, 'readwrite', '40'],
    ]);
    await put(group([{ n: 'low' }]), 'lz4', `/logstores/${info.name}/shards/route`, { key: '3f' });
    await put(group([{ n: 'high' }]), 'lz4', `/logstores/${info.name}/shards/route`, { key: '40' });
    expect(await refusal(put(group([{ n: '' }]), 'lz4', `/logstores/${info.name}/shards/route`, { key: 'xyz' }))).toBe('400 ParameterInvalid');
    expect((await pulled(0)).map(({ logs }) => logs[0]?.fields['n'])).toEqual(['before']);
    expect((await pulled(1)).map(({ logs }) => logs[0]?.fields['n'])).toEqual(['low']);
    expect((await pulled(2)).map(({ logs }) => logs[0]?.fields['n'])).toEqual(['high']);
    const merged = await call('POST', 1, { action: 'merge' });
    expect(merged.map(({ shardID, status }) => [shardID, status])).toEqual([
      [3, 'readwrite'],
      [1, 'readonly'],
      [2, 'readonly'],
    ]);
    expect(merged[0]).toMatchObject({ inclusiveBeginKey: '0'.repeat(32), exclusiveEndKey: 'f'.repeat(32) });
    expect((await call('GET', null)).map(({ shardID, status }) => `${shardID} ${status}`)).toEqual(['0 readonly', '1 readonly', '2 readonly', '3 readwrite']);
    expect(await refusal(call('POST', 3, { action: 'merge' }))).toBe('400 ParameterInvalid');
    expect(await refusal(call('POST', 0, { action: 'split' }))).toMatch(/^400 /);
  });

  it('splits a shard that stays over its rate, where the logstore allows it and has room', async () => {
    const { catalog, ctx, clock } = control;
    const spec = { ttlDays: 7, shardCount: 1, autoSplit: true };
    const stores = [
      info,
      await catalog.createLogstore('p-1', { ...spec, name: `auto-${made}`, maxSplitShard: 2 }, ctx),
      await catalog.createLogstore('p-1', { ...spec, name: `full-${made}`, maxSplitShard: 1 }, ctx),
    ];
    const open = (): readonly number[] => stores.map(({ id }) => catalog.shards(id).filter(({ status }) => status === 'readwrite').length);
    const stop = new AbortController();
    let looked = (): void => undefined;
    const job = autoSplitJob({ rates: control.services.rates!, catalog, bytesPerSec: 1000, afterSec: 10 });
    const running = job.run({ ...ctx, signal: stop.signal }, () => looked());
    const seconds5 = async (busy: boolean): Promise<void> => {
      for (const { name } of busy ? stores : []) await put(group([{ load: 'x'.repeat(6000) }]), 'lz4', `/logstores/${name}/shards/lb`);
      const look = new Promise<void>((resolve) => (looked = resolve));
      await clock.advance(5000);
      await look;
    };
    await seconds5(false);
    await seconds5(true);
    // A quiet look begins the time anew.
    await seconds5(false);
    await seconds5(true);
    expect(open()).toEqual([1, 1, 1]);
    await seconds5(true);
    expect(open()).toEqual([1, 2, 1]);
    expect((await client.listShards(stores[1]!.name, ctx)).map(({ status }) => status)).toEqual(['readonly', 'readwrite', 'readwrite']);
    expect(control.counted).toContain('sluice_shard_splits_total{ok}');
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'aborted' });
  });

  it('web tracking: unsigned, only where it is enabled', async () => {
    const url = (name: string, rest: string): string => `http://127.0.0.1:${control.listener.port}/logstores/${name}/${rest}`;
    const headers = { host: 'p-1.localhost', 'x-log-apiversion': '0.6.0', 'x-log-project': 'p-1', 'content-type': 'application/json' };
    const body = JSON.stringify({ __topic__: 'web', __logs__: [{ page: '/a' }] });
    const closed = await fetch(url(info.name, 'track'), { method: 'POST', headers, body });
    expect(closed.status).toBe(401);
    await control.catalog.updateLogstore('p-1', info.name, { enableTracking: true }, control.ctx);
    const posted = await fetch(url(info.name, 'track'), { method: 'POST', headers, body });
    expect([posted.status, posted.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    const got = await fetch(url(info.name, 'track?APIVersion=0.6.0&page=%2Fb&__topic__=img'), { headers: { 'x-log-project': 'p-1' } });
    expect(got.status).toBe(200);
    const pixel = await fetch(url(info.name, 'track_ua.gif?APIVersion=0.6.0&page=c'), { headers: { 'x-log-project': 'p-1', 'user-agent': 'Browser/1', referer: 'http://x/' } });
    expect(pixel.headers.get('content-type')).toBe('image/gif');
    expect((await pulled()).map(({ topic, logs }) => [topic, logs[0]?.fields['page']])).toEqual([
      ['web', '/a'],
      ['img', '/b'],
      ['', 'c'],
    ]);
    expect((await pulled())[2]?.logs[0]?.fields).toMatchObject({ __userAgent__: 'Browser/1', __referer__: 'http://x/' });
  });

  it('web tracking: any compression, its own limits, the time of receipt, and an answer to preflights', async () => {
    await control.catalog.updateLogstore('p-1', info.name, { enableTracking: true }, control.ctx);
    const url = (rest: string): string => `http://127.0.0.1:${control.listener.port}/logstores/${info.name}/${rest}`;
    const headers = { 'x-log-apiversion': '0.6.0', 'x-log-project': 'p-1' };
    const text = JSON.stringify({ __logs__: [{ __time__: 1_000_000, n: '1' }], __tags__: { k: 'v' }, __source__: 's' });
    const post = async (body: Uint8Array | string, more: Record<string, string> = {}): Promise<string> => {
      const answer = await fetch(url('track'), { method: 'POST', headers: { ...headers, ...more }, body: Buffer.from(body) });
      const told = await answer.text();
      return `${answer.status}${told === '' ? '' : ` ${(JSON.parse(told) as { errorCode: string }).errorCode}`}`;
    };
    const size = { 'x-log-bodyrawsize': String(Buffer.byteLength(text)) };
    expect(await post(text)).toBe('200');
    expect(await post(compress('lz4', Buffer.from(text)), { ...size, 'x-log-compresstype': 'lz4' })).toBe('200');
    expect(await post(deflateSync(text), { ...size, 'x-log-compresstype': 'deflate' })).toBe('200');
    expect(await post('{"__logs__":')).toBe('400 PostBodyInvalid');
    expect(await post('{"__logs__":{}}')).toBe('400 PostBodyInvalid');
    expect(await post('{"__logs__":[1]}')).toBe('400 PostBodyInvalid');
    expect(await post(text, { 'x-log-apiversion': '1' })).toBe('400 InvalidAPIVersion');
    const limit = control.settings.sls.trackMaxBodyBytes;
    expect(await post(JSON.stringify({ __logs__: [{ big: 'x'.repeat(limit) }] }))).toBe('400 PostBodyTooLarge');
    expect((await fetch(url(`track?APIVersion=0.6.0&big=${'x'.repeat(17 * 1024)}`), { headers })).status).toBe(400);
    expect((await fetch(url('track?n=1'), { headers: { 'x-log-project': 'p-1' } })).status).toBe(400);
    const groups = await pulled();
    expect(groups).toHaveLength(3);
    for (const { logs, tags, source } of groups)
      expect({ logs, tags, source }).toEqual({
        logs: [{ timeSec: nowSec(), timeNsPart: 0, fields: { n: '1' } }],
        tags: { k: 'v' },
        source: 's',
      });
    const asked = { 'access-control-request-method': 'POST', origin: 'https://shop.example' };
    const preflight = await fetch(url('track'), { method: 'OPTIONS', headers: { ...headers, ...asked } });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
    const other = await fetch(url('shards/lb'), { method: 'OPTIONS', headers: { ...headers, ...asked } });
    expect(other.status).toBe(405);
  });

  it('keeps the very block that came, and bytes that are no UTF-8', async () => {
    const raw = group([{ value: Buffer.from([0xc3, 0x28, 0xff]), long: 'x'.repeat(600) }]);
    // The key of the second field, too.
    raw[raw.indexOf('long')] = 0xfe;
    // One run of literals, as Go's SDK sends what does not compress: no compressor of ours would make it of this.
    const lengths: number[] = [];
    for (let left = raw.length - 15; ; left -= 255) {
      lengths.push(Math.min(left, 255));
      if (left < 255) break;
    }
    const block = Buffer.concat([Buffer.from([0xf0, ...lengths]), raw]);
    const body = { bytes: block, type: 'application/x-protobuf', rawBytes: raw.length, codec: 'lz4' } as const;
    await client.call('POST', `/logstores/${info.name}/shards/lb`, {}, body, {}, control.ctx);
    const at = { logstore: info.id, shard: 0 };
    const { begin } = await control.stream.bounds(at, control.ctx);
    const { groups } = await control.stream.read(at, begin, { groups: 10, bytes: 1e9, waitMs: 0 }, control.ctx);
    expect(groups).toMatchObject([{ codec: 'lz4', rawBytes: raw.length, logs: 1 }]);
    expect(Buffer.from(groups[0]!.bytes)).toEqual(block);
    const page = await client.pull(info.name, 0, cursorText(begin), 10, null, control.ctx);
    expect(groupsOf(page.list)).toEqual([raw]);
  });

  it('answers once the logs are on the disk, and that they are not when they are not', async () => {
    const { stream, ctx } = control;
    const { append } = stream;
    try {
      let commit = (): void => undefined;
      const reached = new Promise<void>((resolve) => {
        stream.append = async (...args) => {
          resolve();
          await new Promise<void>((committed) => (commit = committed));
          return await append.apply(stream, args);
        };
      });
      let answered = false;
      const sent = put(group([{ a: '1' }])).then(() => (answered = true));
      await reached;
      // A call that goes all the way there and back while the disk works.
      await client.listShards(info.name, ctx);
      expect(answered).toBe(false);
      commit();
      await sent;
      stream.append = () => Promise.reject(new SluiceError('stream.full', 'no space left'));
      expect(await refusal(put(group([{ a: '2' }])))).toBe('503 ServerBusy');
    } finally {
      stream.append = append;
    }
    expect((await pulled()).map(({ logs }) => logs[0]?.fields)).toEqual([{ a: '1' }]);
  });

  it('adds who sent it and when, where the logstore wants that', async () => {
    await control.catalog.updateLogstore('p-1', info.name, { appendMeta: true }, control.ctx);
    await put(group([{ a: '1' }]));
    expect((await pulled())[0]?.tags).toMatchObject({ __pack_id__: 'A-1', __client_ip__: '127.0.0.1', __receive_time__: String(nowSec()) });
  });

  it('never answers a client fault with 5xx, whatever bytes come (random bodies)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.constantFrom('', 'lz4', 'zstd', 'deflate', 'gzip'), fc.nat(400), async (bytes, codec, rawBytes) => {
        const body = { bytes: Buffer.from(bytes), type: 'application/x-protobuf', rawBytes };
        const headers: Record<string, string> = codec === '' ? {} : { 'x-log-compresstype': codec };
        expect(await refusal(client.call('POST', `/logstores/${info.name}/shards/lb`, {}, body, headers, control.ctx))).toMatch(/^(400 |accepted)/);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a write quota', () => {
  it('is per shard and second: ShardWriteQuotaExceed until the time has passed, other shards take what has no key', async () => {
    const setup = await wireSetup({ services: () => Promise.resolve({ writeQuota: new WriteQuota(10_000) }) });
    try {
      const { catalog, clock, ctx } = setup;
      const client = setup.client();
      const info = await catalog.createLogstore('p-1', { name: 'app', ttlDays: 7, shardCount: 2 }, ctx);
      const builder = new GroupBuilder();
      const put = async (key: string | null, size: number): Promise<string> => {
        builder.begin();
        builder.beginLog(Math.floor(clock.nowMs() / 1000));
        builder.field('load', 'x'.repeat(size));
        builder.endLog();
        const bytes = builder.finish();
        const path = `/logstores/app/shards/${key === null ? 'lb' : 'route'}`;
        const body = { bytes, type: 'application/x-protobuf', rawBytes: bytes.length };
        return await refusal(client.call('POST', path, key === null ? {} : { key }, body, {}, ctx));
      };
      // Larger than the quota, and let in all the same: it is owed.
      expect(await put('00', 25_000)).toBe('accepted');
      expect(await put('00', 10)).toBe('403 ShardWriteQuotaExceed');
      for (let n = 0; n < 2; n++) expect(await put(null, 4000)).toBe('accepted');
      expect(await put(null, 4000)).toBe('accepted');
      expect(await put(null, 10)).toBe('403 ShardWriteQuotaExceed');
      const counts = await Promise.all(
        [0, 1].map(async (shard) => {
          const { begin, end } = await setup.stream.bounds({ logstore: info.id, shard }, ctx);
          return Number(end - begin);
        }),
      );
      expect(counts).toEqual([1, 3]);
      await clock.advance(1000);
      expect(await put('00', 10)).toBe('403 ShardWriteQuotaExceed');
      expect(await put('ff', 10)).toBe('accepted');
      await clock.advance(1000);
      expect(await put('00', 10)).toBe('accepted');
    } finally {
      await setup.close();
    }
  });
});
