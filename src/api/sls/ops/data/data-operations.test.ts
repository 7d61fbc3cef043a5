import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LogstoreInfo } from '../../../../control/catalog.ts';
import { cursorText } from '../../../../control/consumer-groups/cursor-text.ts';
import { controlSetup, type ControlSetup } from '../../../../control/testing/control-setup.ts';
import { openWireControl } from '../../../../control/wire-control.ts';
import { compress } from '../../../../core/codec.ts';
import { GroupBuilder } from '../../../../core/group-builder.ts';
import { decodeGroup } from '../../../../core/group-reader.ts';
import type { Codec, LogGroup } from '../../../../core/log.ts';
import type { Queries } from '../../../../query/queries.ts';
import { SlsClient, SlsServiceError } from '../../../../sources/sls/sls-client.ts';
import { openSlsListener, type SlsListener } from '../../listener.ts';
import { slsOperations } from '../../operations.ts';
import { ShardRates, splitBusy } from '../../shard-rates.ts';

/** The LogGroups of a LogGroupList. */
function groupsOf(list: Buffer): Buffer[] {
  const groups: Buffer[] = [];
  for (let at = 0; at < list.length; ) {
    expect(list[at++]).toBe(0x0a);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = list[at++] as number;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    groups.push(list.subarray(at, at + length));
    at += length;
  }
  return groups;
}

describe('logs in and out over the wire', () => {
  let control: ControlSetup;
  let listener: SlsListener;
  let client: SlsClient;
  let info: LogstoreInfo;
  const rates = new ShardRates();
  let made = 0;

  beforeAll(async () => {
    control = await controlSetup();
    const { catalog, stream, access, settings, ctx } = control;
    const services = {
      catalog,
      stream,
      queries: {} as Queries,
      access,
      control: openWireControl(control, ctx),
      settings,
      oldPulls: null,
      pullFilter: null,
      rates,
    };
    listener = await openSlsListener({ host: '127.0.0.1', port: 0, operations: slsOperations }, services, ctx);
    await catalog.createProject('p-1', '', {}, ctx);
    client = new SlsClient({
      endpoint: `http://127.0.0.1:${listener.port}`,
      project: 'p-1',
      accessKeyId: 'AK',
      accessKeySecret: 'SK',
      timeoutMs: 20_000,
      userAgent: 'test',
    });
  });

  afterAll(async () => {
    await client.close();
    await listener.close();
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

  const refusal = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (thrown) {
      if (thrown instanceof SlsServiceError) return `${thrown.httpStatus} ${thrown.slsCode}`;
      throw thrown;
    }
    return 'accepted';
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
    const other = (of: Partial<ConstructorParameters<typeof SlsClient>[0]>) =>
      new SlsClient({ endpoint: `http://127.0.0.1:${listener.port}`, project: 'p-1', accessKeyId: 'AK', accessKeySecret: 'SK', timeoutMs: 5000, userAgent: 't', ...of });
    const body = { bytes: group([{ a: '1' }]), codec: 'none' as const, rawBytes: group([{ a: '1' }]).length };
    expect(await refusal(other({ accessKeySecret: 'wrong' }).putLogs(info.name, body, ctx))).toBe('401 SignatureNotMatch');
    expect(await refusal(other({ project: 'no-such' }).putLogs(info.name, body, ctx))).toBe('404 ProjectNotExist');
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

  it('splits a shard that stays over its rate, where the logstore allows it', async () => {
    const { catalog, ctx } = control;
    const parts = { rates, catalog, bytesPerSec: 1000, afterSec: 10 };
    const allowed = await catalog.createLogstore('p-1', { name: `auto-${made}`, ttlDays: 7, shardCount: 1, autoSplit: true, maxSplitShard: 2 }, ctx);
    const over = new Map<string, number>();
    const busy = (): void => {
      for (const { id } of [allowed, info]) rates.add({ logstore: id, shard: 0 }, 6000);
    };
    busy();
    expect(await splitBusy(parts, over, 5, ctx)).toBe(0);
    expect(await splitBusy(parts, over, 5, ctx)).toBe(0);
    busy();
    expect(await splitBusy(parts, over, 5, ctx)).toBe(0);
    busy();
    expect(await splitBusy(parts, over, 5, ctx)).toBe(1);
    expect(catalog.shards(allowed.id).filter(({ status }) => status === 'readwrite')).toHaveLength(2);
    expect(catalog.shards(info.id)).toHaveLength(1);
  });

  it('web tracking: unsigned, only where it is enabled', async () => {
    const url = (name: string, rest: string): string => `http://127.0.0.1:${listener.port}/logstores/${name}/${rest}`;
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

  it('adds who sent it and when, where the logstore wants that', async () => {
    await control.catalog.updateLogstore('p-1', info.name, { appendMeta: true }, control.ctx);
    await put(group([{ a: '1' }]));
    expect((await pulled())[0]?.tags).toMatchObject({ __pack_id__: 'A-1', __client_ip__: '127.0.0.1', __receive_time__: String(nowSec()) });
  });

  it('takes a request line in absolute form, as clients behind a proxy setting send it', async () => {
    const socket = connect(listener.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET http://p-1.localhost/logstores HTTP/1.1\r\nhost: other\r\n\r\n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(chunk.toString()).toContain('MissingAPIVersion');
    socket.write('nonsense\r\n\r\n');
    const [refused] = (await once(socket, 'data')) as [Buffer];
    expect(refused.toString()).toContain('400');
    socket.destroy();
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
