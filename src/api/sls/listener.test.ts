import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../test/receivers/certificates.ts';
import { compress } from '../../core/codec.ts';
import { GroupBuilder } from '../../core/group-builder.ts';
import { signV1 } from '../../sources/sls/sls-client.ts';
import { refusal, wireSetup, type WireSetup } from './testing/wire-setup.ts';

const PUT = '/logstores/app/shards/lb';

let setup: WireSetup;
const sockets: Socket[] = [];

async function open(options: Parameters<typeof wireSetup>[0] = {}): Promise<void> {
  setup = await wireSetup(options);
  await setup.catalog.createLogstore('p-1', { name: 'app', ttlDays: 7, shardCount: 1 }, setup.ctx);
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await setup.close();
});

function group(value: string | Uint8Array = 'x'): Buffer {
  const builder = new GroupBuilder();
  builder.begin();
  builder.beginLog(Math.floor(setup.clock.nowMs() / 1000));
  builder.field('value', value);
  builder.endLog();
  return builder.finish();
}

/** Headers of a signed call; `change` comes before the signature, `after` behind it. */
function signed(method: string, path: string, query: Record<string, string>, body: Buffer, change: Record<string, string> = {}) {
  const headers: Record<string, string> = {
    host: 'p-1.sls.local',
    date: new Date(setup.clock.nowMs()).toUTCString(),
    'x-log-apiversion': '0.6.0',
    'x-log-signaturemethod': 'hmac-sha1',
    'x-log-bodyrawsize': String(body.length),
    ...(body.length === 0 ? {} : { 'content-type': 'application/x-protobuf' }),
    ...(body.length === 0 ? {} : { 'content-md5': createHash('md5').update(body).digest('hex').toUpperCase() }),
    ...change,
  };
  return { ...headers, authorization: `LOG AK:${signV1('SK', method, path, query, headers)}` };
}

/** The text of a request as it goes over a socket. */
const requestText = (line: string, headers: Record<string, string>): string =>
  `${line} HTTP/1.1\r\n${Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')}\r\n`;

async function dial(): Promise<Socket> {
  const socket = connect(setup.listener.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Reads until `done` says that the text is complete, or the other side ends. */
async function read(socket: Socket, done: (text: string) => boolean): Promise<string> {
  let text = '';
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString('latin1');
    if (done(text)) break;
  }
  return text;
}

/** The next whole answer of a connection. */
const answerOf = async (socket: Socket): Promise<string> =>
  await read(socket, (text) => {
    const end = text.indexOf('\r\n\r\n');
    return end >= 0 && text.length >= end + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? '0');
  });

interface Told {
  /** Status and error code. */
  readonly told: string;
  readonly head: string;
  readonly body: Buffer;
}

/** Calls one after another over one connection and no other. */
class OneConnection {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  async call(line: string, headers: Record<string, string>, body: Buffer = Buffer.alloc(0), chunked = false): Promise<Told> {
    if (chunked) {
      this.#socket.write(requestText(line, { ...headers, 'transfer-encoding': 'chunked' }));
      for (let at = 0; at < body.length; at += 60_000) {
        const chunk = body.subarray(at, at + 60_000);
        this.#socket.write(Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]));
      }
      this.#socket.write('0\r\n\r\n');
    } else {
      this.#socket.write(requestText(line, { ...headers, 'content-length': String(body.length) }));
      this.#socket.write(body);
    }
    const text = await answerOf(this.#socket);
    const end = text.indexOf('\r\n\r\n');
    const head = text.slice(0, end);
    const answer = Buffer.from(text.slice(end + 4), 'latin1');
    const status = /^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 'none';
    const code = status === '200' ? '' : ` ${(JSON.parse(answer.toString()) as { errorCode: string }).errorCode}`;
    return { told: `${status}${code}`, head, body: answer };
  }
}

/** Lets time pass until the condition holds; answers the seconds it took. */
async function secondsUntil(holds: () => boolean, limit = 300): Promise<number> {
  for (let second = 0; second < limit; second++) {
    if (holds()) return second;
    await setup.clock.advance(1000);
    // What the network does takes real time, however fast the clock of the test runs.
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`did not come true within ${limit} s`);
}

const cutOff = (): readonly string[] => setup.counted.filter((text) => text.startsWith('sluice_sls_cut_off_total'));

describe('one connection', () => {
  it('stays usable after whatever a client does wrong', async () => {
    await open({ env: { SLUICE_SLS_MAX_BODY_BYTES: '100000' } });
    const connection = new OneConnection(await dial());
    const raw = group('x'.repeat(1000));
    const block = Buffer.from(compress('lz4', raw));
    const lz4 = { 'x-log-compresstype': 'lz4', 'x-log-bodyrawsize': String(raw.length) };
    const put = (body: Buffer, change: Record<string, string> = {}) =>
      [`POST ${PUT}`, signed('POST', PUT, {}, body, change), body] as const;
    const wrongSecret = { ...signed('POST', PUT, {}, raw), authorization: 'LOG AK:AAAAAAAAAAAAAAAAAAAAAAAAAAA=' };
    const faults: readonly (readonly [told: string, line: string, headers: Record<string, string>, body: Buffer, chunked?: boolean])[] = [
      ['400 MissingAPIVersion', `POST ${PUT}`, { host: 'p-1.sls.local' }, raw],
      ['400 InvalidAPIVersion', `POST ${PUT}`, { host: 'p-1.sls.local', 'x-log-apiversion': '0.7.0' }, raw],
      ['401 Unauthorized', `POST ${PUT}`, { host: 'p-1.sls.local', 'x-log-apiversion': '0.6.0' }, raw],
      ['401 SignatureNotMatch', `POST ${PUT}`, wrongSecret, raw],
      ['401 SignatureNotMatch', ...put(raw, { 'content-md5': '0'.repeat(32) })],
      ['404 ProjectNotExist', ...put(raw, { host: 'p-2.sls.local' })],
      ['404 LogStoreNotExist', 'POST /logstores/none/shards/lb', signed('POST', '/logstores/none/shards/lb', {}, raw), raw],
      ['404 NotFound', 'POST /no/such/path', signed('POST', '/no/such/path', {}, raw), raw],
      ['405 InvalidMethod', 'POST /logstores/app/shards', signed('POST', '/logstores/app/shards', {}, raw), raw],
      ['400 PostBodyUncompressError', ...put(block.subarray(0, -3), lz4)],
      ['400 PostBodyInvalid', ...put(raw.subarray(0, raw.length / 2))],
      ['400 InvalidBodyRawSize', ...put(block, { ...lz4, 'x-log-bodyrawsize': '-1' })],
      // An empty value takes part in the signature and says nothing.
      ['400 MissingBodyRawSize', ...put(block, { ...lz4, 'x-log-bodyrawsize': '' })],
      ['400 PostBodyTooLarge', ...put(block, { ...lz4, 'x-log-bodyrawsize': '100001' })],
      ['400 PostBodyTooLarge', ...put(randomBytes(100_001))],
      ['400 PostBodyTooLarge', ...put(randomBytes(5_000_000))],
      ['400 PostBodyTooLarge', ...put(randomBytes(5_000_000)), true],
    ];
    for (const [told, line, headers, body, chunked] of faults) {
      const answer = await connection.call(line, headers, body, chunked);
      expect(answer.told).toBe(told);
      expect(answer.head).toMatch(/x-log-requestid: [0-9A-F]{24}\r/);
      expect(answer.head).not.toMatch(/content-encoding|connection: close/i);
    }
    const stored = await connection.call(...put(block, lz4));
    expect([stored.told, stored.body.length]).toEqual(['200', 0]);
    expect(stored.head).not.toMatch(/content-type/i);
    expect((await connection.call(...put(raw), true)).told).toBe('200');
    const client = setup.client();
    expect((await client.pull('app', 0, await client.cursor('app', 0, 'begin', setup.ctx), 100, null, setup.ctx)).groups).toBe(2);
  });

  it('is ended after bytes that are no HTTP, with an answer', async () => {
    await open();
    const socket = await dial();
    socket.write('nonsense\r\n\r\n');
    const text = await read(socket, () => false);
    expect(text).toMatch(/^HTTP\/1\.1 400 /);
    expect(text).toContain('"errorCode":"BadRequest"');
    const long = await dial();
    long.write(`GET / HTTP/1.1\r\nx-long: ${'x'.repeat(70_000)}\r\n\r\n`);
    expect(await read(long, () => false)).toMatch(/^HTTP\/1\.1 431 [\s\S]*ParameterInvalid/);
  });

  it('answers calls that were sent without waiting, in their order', async () => {
    await open();
    const headers = { ...signed('GET', '/logstores/app/shards', {}, Buffer.alloc(0)), 'content-length': '0' };
    const socket = await dial();
    const missing = { ...signed('GET', '/logstores/none/shards', {}, Buffer.alloc(0)), 'content-length': '0' };
    socket.write(requestText('GET /logstores/app/shards', headers) + requestText('GET /logstores/none/shards', missing));
    const text = await read(socket, (got) => got.includes('LogStoreNotExist'));
    expect([...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(['200', '404']);
  });

  it('takes request lines in absolute form, whatever the Host header says: clients that know us as their proxy', async () => {
    await open();
    const raw = group('through a proxy');
    const connection = new OneConnection(await dial());
    // Signed over the path alone.
    const headers = signed('POST', PUT, {}, raw, { host: 'elsewhere.example' });
    const stored = await connection.call(`POST http://p-1.sls.local:80${PUT}`, headers, raw);
    expect(stored.told).toBe('200');
    const query = { type: 'cursor', from: 'begin' };
    const path = '/logstores/app/shards/0';
    const got = await connection.call(
      `GET http://p-1.sls.local${path}?type=cursor&from=begin`,
      signed('GET', path, query, Buffer.alloc(0), { host: 'elsewhere.example' }),
    );
    expect(got.told).toBe('200');
    const { cursor } = JSON.parse(got.body.toString()) as { cursor: string };
    expect((await setup.client().pull('app', 0, cursor, 100, null, setup.ctx)).list.includes('through a proxy')).toBe(true);
    const other = await connection.call(`POST http://p-9.sls.local${PUT}`, signed('POST', PUT, {}, raw), raw);
    expect(other.told).toBe('404 ProjectNotExist');
    const ftp = await connection.call(`POST ftp://p-1.sls.local${PUT}`, signed('POST', PUT, {}, raw), raw);
    expect(ftp.told).toBe('400 ParameterInvalid');
  });
});

describe('clients that take their time', () => {
  it('a connection that says nothing is closed after the idle time, not before', async () => {
    await open({ env: { SLUICE_SLS_IDLE_TIMEOUT_SEC: '120' } });
    const socket = await dial();
    const connection = new OneConnection(await dial());
    const ask = async () => await connection.call('GET /logstores/app/shards', signed('GET', '/logstores/app/shards', {}, Buffer.alloc(0)));
    await ask();
    await setup.clock.advance(119_000);
    expect(cutOff()).toEqual([]);
    expect((await ask()).told).toBe('200');
    socket.resume();
    const closed = once(socket, 'close');
    await setup.clock.advance(3000);
    await closed;
    expect(cutOff()).toEqual(['sluice_sls_cut_off_total{idle}']);
    // The other has been used meanwhile.
    expect((await ask()).told).toBe('200');
  });

  it('headers that never end', async () => {
    await open();
    const socket = await dial();
    socket.resume();
    let closed = false;
    socket.on('close', () => (closed = true));
    socket.write('POST /logstores/app/shards/lb HTTP/1.1\r\nhost: p-1.sls.local\r\nx-slow');
    expect(await secondsUntil(() => closed)).toBeLessThan(100);
    expect(cutOff()).toEqual(['sluice_sls_cut_off_total{headers}']);
  });

  it('a body of one byte a second, told so before the connection ends', async () => {
    await open();
    const body = group('x'.repeat(5000));
    const socket = await dial();
    socket.write(requestText(`POST ${PUT}`, { ...signed('POST', PUT, {}, body), 'content-length': String(body.length) }));
    let told = '';
    socket.on('data', (chunk: Buffer) => (told += chunk.toString()));
    let closed = false;
    socket.on('close', () => (closed = true));
    let sent = 0;
    await secondsUntil(() => {
      if (!closed) socket.write(body.subarray(sent, ++sent));
      return closed;
    });
    expect(told).toMatch(/^HTTP\/1\.1 408 [\s\S]*RequestTimeout/);
    expect(cutOff()).toEqual(['sluice_sls_cut_off_total{body}']);
    expect((await setup.client().listShards('app', setup.ctx)).length).toBe(1);
  });

  it('an answer that nobody reads', async () => {
    await open();
    const client = setup.client();
    const cursor = await client.cursor('app', 0, 'begin', setup.ctx);
    for (let n = 0; n < 3; n++) {
      const raw = group(randomBytes(3_000_000));
      await client.putLogs('app', { bytes: raw, codec: 'none', rawBytes: raw.length }, setup.ctx);
    }
    const query = { type: 'log', cursor, count: '100' };
    const path = '/logstores/app/shards/0';
    const text = requestText(
      `GET ${path}?type=log&cursor=${encodeURIComponent(cursor)}&count=100`,
      signed('GET', path, query, Buffer.alloc(0)),
    );
    // Not read from: what the kernel holds fills up. Several answers, more than it can hold.
    const socket = await dial();
    socket.pause();
    for (let n = 0; n < 5; n++) socket.write(text);
    await secondsUntil(() => cutOff().length > 0);
    expect(new Set(cutOff())).toEqual(new Set(['sluice_sls_cut_off_total{reply}']));
    const closed = once(socket, 'close');
    socket.resume();
    await closed;
    expect((await client.pull('app', 0, cursor, 100, null, setup.ctx)).groups).toBe(3);
  });
});

describe('limits of all connections', () => {
  it('closes what is more than the limit of connections, and takes one for each that goes', async () => {
    await open({ env: { SLUICE_SLS_MAX_CONNECTIONS: '3' } });
    const headers = { ...signed('GET', '/logstores/app/shards', {}, Buffer.alloc(0)), 'content-length': '0' };
    const ask = async (socket: Socket): Promise<string> => {
      socket.write(requestText('GET /logstores/app/shards', headers));
      return await answerOf(socket);
    };
    const kept = [await dial(), await dial(), await dial()];
    for (const socket of kept) expect(await ask(socket)).toMatch(/^HTTP\/1\.1 200 /);
    const refused = await dial();
    expect(await read(refused, () => false)).toBe('');
    for (const socket of kept) expect(await ask(socket)).toMatch(/^HTTP\/1\.1 200 /);
    kept[0]?.destroy();
    for (;;) {
      const next = await dial();
      next.write(requestText('GET /logstores/app/shards', headers));
      // Until the end of the other has come over.
      const text = await answerOf(next).catch(() => '');
      if (text !== '') {
        expect(text).toMatch(/^HTTP\/1\.1 200 /);
        break;
      }
    }
  });

  it('answers ServerBusy while too many bytes are under way, and takes them afterwards', async () => {
    await open({ env: { SLUICE_SLS_MAX_INFLIGHT_BYTES: '6000' } });
    const body = group('x'.repeat(4000));
    const first = await dial();
    first.write(requestText(`POST ${PUT}`, { ...signed('POST', PUT, {}, body), 'content-length': String(body.length) }));
    first.write(body.subarray(0, 100));
    const connection = new OneConnection(await dial());
    const put = async () => await connection.call(`POST ${PUT}`, signed('POST', PUT, {}, body), body);
    // The first counts from when its headers have come.
    let told = (await put()).told;
    while (told === '200') told = (await put()).told;
    expect(told).toBe('503 ServerBusy');
    first.write(body.subarray(100));
    expect(await answerOf(first)).toMatch(/^HTTP\/1\.1 200 /);
    expect((await put()).told).toBe('200');
  });

  it('ends with its calls answered and nobody new let in', async () => {
    await open();
    const body = group('x'.repeat(4000));
    const socket = await dial();
    const idle = await dial();
    idle.resume();
    const idleEnded = once(idle, 'close');
    socket.write(
      requestText(`POST ${PUT}`, { ...signed('POST', PUT, {}, body), 'content-length': String(body.length), expect: '100-continue' }),
    );
    // Its headers have come: it is under way.
    expect(await read(socket, (text) => text.includes('\r\n\r\n'))).toMatch(/^HTTP\/1\.1 100 /);
    const closing = setup.listener.close();
    await idleEnded;
    socket.write(body);
    expect(await answerOf(socket)).toMatch(/^HTTP\/1\.1 200 [\s\S]*connection: close/i);
    await closing;
    await expect(dial()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    const at = { logstore: setup.catalog.logstore('p-1', 'app')!.id, shard: 0 };
    const { begin, end } = await setup.stream.bounds(at, setup.ctx);
    expect(end - begin).toBe(1n);
  });
});

describe('TLS', () => {
  let dir: string;
  let ca: string;
  let tls: { readonly cert: string; readonly key: string };
  let wrongCert: string;

  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'sluice-tls-'));
    const files = makeCertificates(dir);
    ca = readFileSync(files.ca, 'utf8');
    wrongCert = readFileSync(files.wrongCert, 'utf8');
    tls = { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it('is spoken on the port of plain HTTP, which only this machine may use', async () => {
    await open({ listen: { tls } });
    const secure = setup.client({ endpoint: `https://127.0.0.1:${setup.listener.port}`, ca });
    const raw = group('secret');
    await secure.putLogs('app', { bytes: raw, codec: 'none', rawBytes: raw.length }, setup.ctx);
    const cursor = await secure.cursor('app', 0, 'begin', setup.ctx);
    const plain = setup.client();
    expect((await secure.pull('app', 0, cursor, 100, null, setup.ctx)).list).toEqual(
      (await plain.pull('app', 0, cursor, 100, null, setup.ctx)).list,
    );
    // A stranger's authority is refused by the client, old versions by us.
    const unknown = setup.client({ endpoint: `https://127.0.0.1:${setup.listener.port}` });
    await expect(unknown.listShards('app', setup.ctx)).rejects.toMatchObject({ details: { stage: 'tls' } });
    const old = connectTls({ port: setup.listener.port, host: '127.0.0.1', ca, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1' });
    await expect(once(old, 'secureConnect')).rejects.toThrow(/protocol|version|no protocols/i);
  });

  it('with the certificate of another host is refused by our own client', async () => {
    await open({ listen: { tls: { ...tls, cert: wrongCert } } });
    for (const host of ['127.0.0.1', 'localhost']) {
      const client = setup.client({ endpoint: `https://${host}:${setup.listener.port}`, ca });
      await expect(client.listShards('app', setup.ctx)).rejects.toMatchObject({ details: { stage: 'tls' } });
    }
  });

  it('is asked for by an address that others can reach', async () => {
    await open({ listen: { tls, host: '0.0.0.0' } });
    expect(await refusal(setup.client().listShards('app', setup.ctx))).toBe('400 InvalidHost');
    const secure = setup.client({ endpoint: `https://localhost:${setup.listener.port}`, ca });
    expect(await secure.listShards('app', setup.ctx)).toHaveLength(1);
  });

  it('outlives handshakes that are none and clients that go away at once', async () => {
    await open({ listen: { tls, host: '0.0.0.0' } });
    for (const bytes of [
      Buffer.from([0x16]),
      Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5]),
      randomBytes(300),
      Buffer.from('GET / HTTP/1.1\r\n'),
    ]) {
      const socket = await dial();
      socket.write(bytes);
      await new Promise((resolve) => setImmediate(resolve));
      socket.resetAndDestroy();
    }
    const garbage = await dial();
    garbage.resume();
    const ended = once(garbage, 'close');
    garbage.write(Buffer.concat([Buffer.from([0x16]), Buffer.alloc(2000, 0x55)]));
    await ended;
    const secure = setup.client({ endpoint: `https://localhost:${setup.listener.port}`, ca });
    expect(await secure.listShards('app', setup.ctx)).toHaveLength(1);
  });

  it('ends at once although somebody has connected and said nothing, or half a handshake', async () => {
    // Left to its own time limit, either would hold up the end for longer than this test may take.
    await open({ listen: { tls }, env: { SLUICE_SLS_HEADERS_TIMEOUT_SEC: '600' } });
    const silent = await dial();
    const half = await dial();
    half.write(Buffer.from([0x16, 3, 1]));
    const gone = [silent, half].map((socket) => once(socket.resume(), 'close'));
    // Both must have been accepted: a call that is answered came after them.
    await setup.client().listShards('app', setup.ctx);
    await setup.listener.close();
    await Promise.all(gone);
  });
});
