/*
 * The limit that accepting logs is compared with: the least that a server in this language can do with a PutLogs call and still keep its promise. One loop with node:http, MD5, HMAC-SHA1,
 * lz4, a look at every protobuf field, lmdb, and the answer after the disk has it; no permissions, no errors, no shards, no metrics, no limits. `node bench/plain-server.ts DATA_DIR`
 * prints its port; ends with its standard input.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { uncompressSync } from 'lz4-napi';
import { open } from 'lmdb';
import { countBuffersAsHeap } from '../src/core/collector.ts';
import { ROOT_KEY } from '../test/system/running-server.ts';

countBuffersAsHeap();
const [dataDir = ''] = process.argv.slice(2);
const groups = open<Buffer, number>({ path: dataDir, encoding: 'binary', overlappingSync: false, mapSize: 64 * 1024 ** 3 });
let next = 0;

/** Every length of every field, two levels down: what a group has to be for any reader. */
function walk(bytes: Uint8Array, from: number, to: number, depth: number): number {
  let fields = 0;
  for (let at = from; at < to;) {
    const tag = bytes[at++]!;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    fields++;
    if ((tag & 7) !== 2) continue;
    if (at + length > to) throw new Error('a field is cut');
    if (depth > 0 && (tag === 0x0a || tag === 0x12)) fields += walk(bytes, at, at + length, depth - 1);
    at += length;
  }
  return fields;
}

function signature(message: IncomingMessage): string {
  const { headers } = message;
  const signed = Object.keys(headers)
    .filter((name) => (name.startsWith('x-log-') || name.startsWith('x-acs-')) && name !== 'x-log-date')
    .sort();
  const date = headers['x-log-date'] ?? headers.date ?? '';
  const head = `${message.method}\n${String(headers['content-md5'])}\n${headers['content-type'] ?? ''}\n${String(date)}\n`;
  const text = head + signed.map((name) => `${name}:${String(headers[name])}\n`).join('') + message.url;
  return `LOG ${ROOT_KEY.accessKeyId}:${createHmac('sha1', ROOT_KEY.secret).update(text).digest('base64')}`;
}

let sized = Buffer.alloc(1024 * 1024);

const server = createServer((message, response) => {
  const chunks: Buffer[] = [];
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  message.on('end', () => {
    const body = Buffer.concat(chunks);
    const own = Buffer.from(signature(message));
    const sent = Buffer.from(message.headers.authorization ?? '');
    const md5 = createHash('md5').update(body).digest('hex').toUpperCase();
    if (own.length !== sent.length || !timingSafeEqual(own, sent) || md5 !== message.headers['content-md5']) {
      response.writeHead(401).end();
      return;
    }
    if (body.length + 4 > sized.length) sized = Buffer.alloc(body.length * 2);
    sized.writeUInt32LE(Number(message.headers['x-log-bodyrawsize']), 0);
    body.copy(sized, 4);
    const raw = uncompressSync(sized.subarray(0, body.length + 4));
    if (walk(raw, 0, raw.length, 2) === 0) throw new Error('an empty group');
    void groups
      .put(next++, body)
      .then(() => groups.flushed)
      .then(() => response.writeHead(200).end());
  });
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
process.stdin.on('end', () => {
  server.closeAllConnections();
  server.close(() => void groups.close());
});
process.stdin.resume();
