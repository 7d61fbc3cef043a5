import { CODECS } from '../../core/codec.ts';
import { SluiceError } from '../../core/errors.ts';
import type { GroupBytes } from '../../core/log.ts';
import type { Cursor, ShardRef, StreamGroup } from '../stream.ts';

/*
 * What the lmdb environment holds, all numbers big-endian in keys (so that keys sort) and little-endian in values:
 *
 *   groups    logstore u32, shard u32, cursor u64   →  header (24 bytes), then the group's bytes as they came
 *   shards    logstore u32, shard u32               →  the shard's record (48 bytes)
 *   seconds   logstore u32, shard u32, second u32   →  u64: cursor of the first group received in that second
 *
 * The first byte of a value is its format; a released format is read for ever.
 */

export const GROUP_HEADER_BYTES = 24;
const FORMAT = 1;

export function groupKey(at: ShardRef, cursor: Cursor): Buffer {
  const key = Buffer.allocUnsafe(16);
  key.writeUInt32BE(at.logstore, 0);
  key.writeUInt32BE(at.shard, 4);
  key.writeBigUInt64BE(cursor, 8);
  return key;
}

export function shardRecordKey(at: ShardRef): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(at.logstore, 0);
  key.writeUInt32BE(at.shard, 4);
  return key;
}

export function secondKey(at: ShardRef, second: number): Buffer {
  const key = Buffer.allocUnsafe(12);
  key.writeUInt32BE(at.logstore, 0);
  key.writeUInt32BE(at.shard, 4);
  key.writeUInt32BE(Math.min(0xffff_ffff, Math.max(0, second)), 8);
  return key;
}

/** Header and bytes in one value: format u8, codec u8, 2 bytes free, raw bytes u32, logs u32, 4 bytes free, received ms f64. */
export function encodeGroup(group: GroupBytes, receivedMs: number): Buffer {
  const value = Buffer.allocUnsafe(GROUP_HEADER_BYTES + group.bytes.byteLength);
  value[0] = FORMAT;
  value[1] = CODECS.indexOf(group.codec);
  value.writeUInt16LE(0, 2);
  value.writeUInt32LE(group.rawBytes, 4);
  value.writeUInt32LE(group.logs, 8);
  value.writeUInt32LE(0, 12);
  value.writeDoubleLE(receivedMs, 16);
  value.set(group.bytes, GROUP_HEADER_BYTES);
  return value;
}

export function decodeStored(value: Buffer): StreamGroup {
  const codec = CODECS[value[1] as number];
  if (value[0] !== FORMAT || codec === undefined) {
    throw new SluiceError(
      'internal.unexpected',
      `stored group has format ${value[0]} and codec ${value[1]}, which this version does not know`,
    );
  }
  return {
    bytes: value.subarray(GROUP_HEADER_BYTES),
    codec,
    rawBytes: value.readUInt32LE(4),
    logs: value.readUInt32LE(8),
    receivedMs: value.readDoubleLE(16),
  };
}

export function storedRawBytes(value: Buffer): number {
  return value.readUInt32LE(4);
}

export function storedReceivedMs(value: Buffer): number {
  return value.readDoubleLE(16);
}

/** A shard as it is kept. A deleted one stays as a tombstone, so that its cursors are never used again. */
export interface ShardRecord {
  readonly deleted: boolean;
  readonly begin: Cursor;
  readonly end: Cursor;
  /** Stored bytes kept, headers included. */
  readonly bytes: number;
  /** Receive time of the last group ever appended; 0: none. */
  readonly lastMs: number;
}

export function encodeShard(record: ShardRecord): Buffer {
  const value = Buffer.alloc(48);
  value[0] = FORMAT;
  value[1] = record.deleted ? 1 : 0;
  value.writeBigUInt64LE(record.begin, 8);
  value.writeBigUInt64LE(record.end, 16);
  value.writeDoubleLE(record.bytes, 24);
  value.writeDoubleLE(record.lastMs, 32);
  return value;
}

export function decodeShard(value: Buffer): ShardRecord {
  if (value[0] !== FORMAT)
    throw new SluiceError('internal.unexpected', `stored shard has format ${value[0]}, which this version does not know`);
  return {
    deleted: value[1] === 1,
    begin: value.readBigUInt64LE(8),
    end: value.readBigUInt64LE(16),
    bytes: value.readDoubleLE(24),
    lastMs: value.readDoubleLE(32),
  };
}
