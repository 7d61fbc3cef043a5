import type { IncomingHttpHeaders } from 'node:http';
import type { LogstoreInfo } from '../../../../control/catalog.ts';
import { cursorText } from '../../../../control/consumer-groups/cursor-text.ts';
import { compress, decompressInto } from '../../../../core/codec.ts';
import { joinLz4, type JoinPart } from '../../../../core/lz4-join.ts';
import type { RunContext } from '../../../../core/context.ts';
import { SluiceError } from '../../../../core/errors.ts';
import type { Codec } from '../../../../core/log.ts';
import type { Cursor, StreamGroup, StreamPage } from '../../../../stream/stream.ts';
import { bytes, type SlsOperation } from '../../operation.ts';
import { logstoreOf, shardOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';
import { cursorOf } from './cursors.ts';

/** Groups of one answer at most (sls-api §3.5). */
const MAX_GROUPS = 1000;

export const pullLogs: SlsOperation = {
  name: 'PullLogs',
  method: 'GET',
  path: '/logstores/{ls}/shards/{shard}',
  where: { type: ['log', 'logs'] },
  host: 'project',
  action: 'log:GetCursorOrData',
  resource: 'project/{project}/logstore/{ls}',
  async handle(request, services, ctx) {
    const logstore = logstoreOf(request, services);
    const { shard } = shardOf(request, services, logstore);
    const { query, headers } = request;
    const from = cursorOf(query.get('cursor'));
    const count = query.int('count', 100);
    if (count < 0 || count > MAX_GROUPS) throw new SlsError('ParameterInvalid', `count ${count} is invalid, expected 1 to ${MAX_GROUPS}`);
    const endText = query.get('end_cursor');
    const until = endText === undefined ? null : cursorOf(endText, 'end_cursor');
    const page = until !== null && until <= from ? nothing(from) : await pageOf(logstore, shard, from, until, Math.max(1, count), services, ctx);

    const program = query.get('query');
    const filtered = program === undefined ? null : await filter(program, logstore, shard, page, services, ctx);
    const groups = filtered?.groups ?? page.groups;
    const codec = pullCodec(headers);
    const rawBytes = listBytes(groups);
    const last = page.groups.at(-1);
    const answer: Record<string, string> = {
      'x-log-cursor': cursorText(page.next),
      'x-log-count': String(groups.length),
      'x-log-bodyrawsize': String(rawBytes),
      'x-log-end-of-cursor': page.atEnd || page.next === from ? '1' : '0',
      ...(rawBytes > 0 && codec !== 'none' ? { 'x-log-compresstype': codec } : {}),
      ...(last === undefined
        ? {}
        : {
            'x-log-read-last-cursor': String(page.first + BigInt(page.groups.length) - 1n),
            'x-log-cursor-time': String(Math.floor(last.receivedMs / 1000)),
          }),
    };
    if (filtered !== null) {
      answer['x-log-rawdatasize'] = String(page.groups.reduce((sum, group) => sum + group.rawBytes, 0));
      answer['x-log-rawdatacount'] = String(page.groups.length);
      answer['x-log-rawdatalines'] = String(filtered.rawLines);
      answer['x-log-resultlines'] = String(filtered.resultLines);
      answer['x-log-failedlines'] = String(filtered.failedLines);
    }
    return bytes(rawBytes === 0 ? [] : [listBody(groups, rawBytes, codec)], 'application/x-protobuf', answer);
  },
};

/** lz4, which every SDK reads, unless only another is asked for. An empty header (aliyun-sdk, Python with compress=False) asks for none (clients.md §3). */
function pullCodec(headers: IncomingHttpHeaders): Codec {
  const wanted = headers['accept-encoding'];
  if (typeof wanted !== 'string') return 'lz4';
  const text = wanted.trim().toLowerCase();
  return text === '' ? 'none' : text === 'zstd' ? 'zstd' : 'lz4';
}

function nothing(at: Cursor): StreamPage {
  return { first: at, groups: [], next: at, atEnd: false };
}

/** Groups from `from` on: of the stream, or of the store when the stream no longer has them. Cut to what one answer may hold. */
async function pageOf(
  logstore: LogstoreInfo,
  shard: number,
  from: Cursor,
  until: Cursor | null,
  count: number,
  services: SlsServices,
  ctx: RunContext,
): Promise<StreamPage> {
  const at = { logstore: logstore.id, shard };
  const groups = until === null ? count : Number(until - from < BigInt(count) ? until - from : BigInt(count));
  const max = { groups, bytes: services.settings.sls.pullMaxBytes };
  for (;;) {
    const { begin } = await services.stream.bounds(at, ctx);
    if (from < begin && services.oldPulls !== null)
      return clamped(await services.oldPulls.readOld(logstore, shard, from, begin, max, ctx), until);
    try {
      // A consumer that comes too late goes on with what there is: told InvalidCursor, SDKs would jump to the end (sls-api §3.5).
      return clamped(await services.stream.read(at, from < begin ? begin : from, { ...max, waitMs: 0 }, ctx), until);
    } catch (thrown) {
      // Trimmed since its bounds were asked for: they have moved, so it is another case now.
      if (!(thrown instanceof SluiceError && thrown.code === 'stream.cursor_expired')) throw thrown;
    }
  }
}

/** SDKs stop on equality: the next cursor never lies beyond the end that was asked for. */
function clamped(page: StreamPage, until: Cursor | null): StreamPage {
  if (until === null || page.next <= until) return page;
  const keep = until > page.first ? Number(until - page.first) : 0;
  return { first: page.first, groups: page.groups.slice(0, keep), next: until, atEnd: false };
}

async function filter(program: string, logstore: LogstoreInfo, shard: number, page: StreamPage, services: SlsServices, ctx: RunContext) {
  if (services.pullFilter === null) throw new SlsError('NotSupported', 'this node evaluates no query on a pull');
  return await services.pullFilter.filter(program, logstore, shard, page, ctx);
}

/** Groups smaller than this on average are packed together: by themselves they hardly get smaller (access logs of 500 bytes: one by one 1.01 : 1, sixteen to a group 2.7, together 3.4). */
const JOIN_FROM_BYTES = 8192;

/** Of the LogGroupList before compression. */
function listBytes(groups: readonly StreamGroup[]): number {
  let size = 0;
  for (const { rawBytes } of groups) size += 1 + varintBytes(rawBytes) + rawBytes;
  return size;
}

/** The groups as one LogGroupList (sls-api §2), compressed: blocks as PutLogs received them are joined as they are, everything else is decoded and encoded. */
function listBody(groups: readonly StreamGroup[], rawBytes: number, codec: Codec): Uint8Array {
  const asTheyAre = codec === 'lz4' && rawBytes >= groups.length * JOIN_FROM_BYTES && groups.every((group) => group.codec === 'lz4' || group.codec === 'none');
  return (asTheyAre ? joinLz4(listParts(groups)) : null) ?? compress(codec, groupList(groups, rawBytes));
}

function listParts(groups: readonly StreamGroup[]): readonly JoinPart[] {
  return groups.flatMap((group) => {
    const head = Buffer.allocUnsafe(1 + varintBytes(group.rawBytes));
    putHead(head, 0, group.rawBytes);
    return [
      { bytes: head, block: false },
      { bytes: group.bytes, block: group.codec === 'lz4' },
    ];
  });
}

/** Each group behind its tag and length, byte for byte as it came. */
function groupList(groups: readonly StreamGroup[], size: number): Buffer {
  const list = Buffer.allocUnsafe(size);
  let at = 0;
  for (const { codec, bytes: stored, rawBytes } of groups) {
    at = putHead(list, at, rawBytes);
    decompressInto(codec, stored, rawBytes, list, at);
    at += rawBytes;
  }
  return list;
}

/** Tag and length of a group in the list; answers the place behind. */
function putHead(out: Buffer, at: number, length: number): number {
  out[at++] = 0x0a;
  while (length > 0x7f) {
    out[at++] = (length & 0x7f) | 0x80;
    length >>>= 7;
  }
  out[at++] = length;
  return at;
}

function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}
