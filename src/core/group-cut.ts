import { SluiceError } from './errors.ts';

/**
 * The group with only some of its logs, everything else byte for byte as it was. `keep`: indexes of logs, ascending. The bytes were checked when they came in.
 * @throws codec.corrupt when they are no LogGroup
 */
export function cutGroup(group: Uint8Array, keep: readonly number[]): Buffer {
  const parts: Uint8Array[] = [];
  let log = 0;
  let kept = 0;
  // Neighbouring fields that stay go as one piece.
  let from = 0;
  let at = 0;
  while (at < group.length) {
    const start = at;
    const tag = varint(group, at);
    at = tag.next;
    const wire = tag.value & 7;
    if (wire === 2) {
      const length = varint(group, at);
      at = length.next + length.value;
    } else if (wire === 0) at = varint(group, at).next;
    else if (wire === 5) at += 4;
    else if (wire === 1) at += 8;
    else throw corrupt(start);
    if (at > group.length) throw corrupt(start);
    if (tag.value >>> 3 !== 1) continue;
    if (keep[kept] === log++) kept++;
    else {
      if (start > from) parts.push(group.subarray(from, start));
      from = at;
    }
  }
  if (group.length > from) parts.push(group.subarray(from));
  return Buffer.concat(parts);
}

function varint(bytes: Uint8Array, from: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = from, shift = 1; at < bytes.length && at < from + 10; at++, shift *= 128) {
    const byte = bytes[at] as number;
    value += (byte & 0x7f) * shift;
    if (byte < 0x80) return { value, next: at + 1 };
  }
  throw corrupt(from);
}

function corrupt(at: number): SluiceError {
  return new SluiceError('codec.corrupt', `the LogGroup is broken at byte ${at}`, { at });
}
