import type { LogstoreInfo } from '../../../../control/catalog.ts';
import { compress, decompress, Scratch } from '../../../../core/codec.ts';
import { appendTags, GroupBuilder } from '../../../../core/group-builder.ts';
import { buildGroupFromJson } from '../../../../core/group-json.ts';
import { checkGroup } from '../../../../core/group-reader.ts';
import type { Codec, GroupBytes } from '../../../../core/log.ts';
import { bodyForm } from '../../body.ts';
import type { SlsRequest } from '../../operation.ts';
import { headerText } from '../../signature-v1.ts';
import { SlsError } from '../../sls-error.ts';
import { logPackages } from './log-packages.ts';
import { checkTimes, type TimeWindow } from './time-window.ts';

export interface ReceiveRules {
  readonly logstore: LogstoreInfo;
  readonly window: TimeWindow | null;
  readonly nowMs: number;
}

/** Uncompressed groups below this are kept as they are: a block of their own would hardly be smaller. */
const COMPRESS_FROM = 256;

/**
 * The groups of a PutLogs body, checked field by field, as the stream keeps them: a compressed group as the very bytes that came (sls-api §2, §3.1). Groups without logs are left out.
 * @throws SlsError PostBodyInvalid PostBodyUncompressError PostBodyTooLarge InvalidTimestamp InvalidCompressType …; group.malformed codec.corrupt
 */
export function receivedGroups(request: SlsRequest, rules: ReceiveRules): readonly GroupBytes[] {
  if (headerText(request.headers, 'x-log-mode') === 'batch_group') return packageGroups(request, rules);
  // The one place where the content type matters: Java's JSON form of the same call.
  if (headerText(request.headers, 'content-type').startsWith('application/json') && isJson(request)) {
    return kept(jsonGroup(request.json(), rules), rules);
  }
  const form = bodyForm(request.headers, request.body, request.maxBodyBytes);
  if (form.codec === 'none' || form.codec === 'gzip') return kept(request.plainBody(), rules);
  // Only looked at: the stream keeps the bytes that came.
  return groupOf(request.body, form.codec, scratch.decompress(form.codec, request.body, form.rawBytes), rules);
}

const scratch = new Scratch();

/** A group that was made here, checked and packed. */
export function kept(raw: Buffer, rules: ReceiveRules): readonly GroupBytes[] {
  if (raw.length < COMPRESS_FROM) return groupOf(raw, 'none', raw, rules);
  const block = compress('lz4', raw);
  return block.byteLength < raw.length ? groupOf(block, 'lz4', raw, rules) : groupOf(raw, 'none', raw, rules);
}

/** The JSON form of a group as protobuf bytes. @throws group.malformed */
export function jsonGroup(body: unknown, rules: ReceiveRules, receiveTime = false): Buffer {
  const builder = new GroupBuilder();
  buildGroupFromJson(body, builder, { defaultSec: Math.floor(rules.nowMs / 1000), receiveTime });
  return builder.finish();
}

function groupOf(bytes: Uint8Array, codec: Codec, raw: Uint8Array, rules: ReceiveRules): readonly GroupBytes[] {
  const { logs, minTimeSec, maxTimeSec } = checkGroup(raw);
  if (logs === 0) return [];
  checkTimes(minTimeSec, maxTimeSec, rules.window, rules.nowMs);
  return [{ bytes, codec, rawBytes: raw.byteLength, logs }];
}

/** LoongCollector and Java's batches: a list of groups, each compressed by itself; the list is not (sls-api §2). */
function packageGroups(request: SlsRequest, rules: ReceiveRules): readonly GroupBytes[] {
  const groups: GroupBytes[] = [];
  let rawBytes = 0;
  for (const { bytes, codec, rawBytes: size } of logPackages(request.body)) {
    rawBytes += size;
    if (rawBytes > request.maxBodyBytes) {
      throw new SlsError('PostBodyTooLarge', `the packages hold more than the limit of ${request.maxBodyBytes} bytes`);
    }
    groups.push(...groupOf(bytes, codec, scratch.decompress(codec, bytes, size), rules));
  }
  return groups;
}

function isJson(request: SlsRequest): boolean {
  const first = request.plainBody()[0];
  return first === 0x7b || first === 0x5b;
}

/** `appendMeta` of a logstore: who sent the group and when it came, as tags (sls-api §2). */
export function withMeta(groups: readonly GroupBytes[], clientIp: string, nowMs: number): readonly GroupBytes[] {
  return groups.map(({ bytes, codec, rawBytes, logs }) => {
    const tags = { __client_ip__: clientIp, __receive_time__: String(Math.floor(nowMs / 1000)) };
    const raw = appendTags(decompress(codec, bytes, rawBytes), tags);
    return { bytes: compress(codec, raw), codec, rawBytes: raw.length, logs };
  });
}
