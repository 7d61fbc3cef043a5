import { SluiceError } from '../core/errors.ts';

/** Where a read ended. One object is used again by all of a walk's reads. */
export interface Place {
  at: number;
}

/** A varint as a number (exact up to 2^53); `place.at` stands behind it. @throws group.malformed */
export function readVarint(bytes: Uint8Array, at: number, end: number, place: Place): number {
  let value = 0;
  let factor = 1;
  for (let i = 0; i < 10; i++) {
    if (at >= end) throw malformed('a number is cut', at);
    const byte = bytes[at++] as number;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) {
      place.at = at;
      return value;
    }
    factor *= 128;
  }
  throw malformed('a number is longer than 10 bytes', at);
}

/** A length whose bytes lie before `end`; `place.at` stands where they begin. @throws group.malformed */
export function readLength(bytes: Uint8Array, at: number, end: number, place: Place): number {
  const length = readVarint(bytes, at, end, place);
  if (place.at + length > end) throw malformed(`${length} bytes are announced and ${end - place.at} are left`, at);
  return length;
}

/** The place behind a field whose tag was read. @throws group.malformed */
export function skipField(bytes: Uint8Array, tag: number, at: number, end: number, place: Place): number {
  if (tag > 0xffff_ffff || tag >>> 3 === 0) throw malformed(`tag ${tag} names no field`, at);
  switch (tag & 7) {
    case 0:
      readVarint(bytes, at, end, place);
      return place.at;
    case 1:
      at += 8;
      break;
    case 2: {
      const length = readLength(bytes, at, end, place);
      return place.at + length;
    }
    case 5:
      at += 4;
      break;
    default:
      throw malformed(`wire type ${tag & 7} (field ${tag >>> 3}) is not used by log groups`, at);
  }
  if (at > end) throw malformed('a field is cut', at);
  return at;
}

/** Bytes of a varint. */
export function varintBytes(value: number): number {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : value < 0x1000_0000 ? 4 : 5;
}

export function malformed(reason: string, offset: number): SluiceError {
  return new SluiceError('group.malformed', `the log group is malformed at byte ${offset}: ${reason}`, { offset, reason });
}
