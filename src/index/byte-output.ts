/** From this length on a copy by the engine is quicker than a loop (its call costs some 40 ns). */
const LONG_COPY = 48;

/** Bytes that grow. */
export class Output {
  bytes: Buffer;
  at = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  put(from: Buffer, start: number, end: number): void {
    this.room(end - start);
    this.at = putBytes(this.bytes, this.at, from, start, end);
  }

  room(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.at + bytes, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}

/** A number of up to 32 bits; answers the place behind it. */
export function putVarint(out: Buffer, at: number, value: number): number {
  while (value > 0x7f) {
    out[at++] = (value & 0x7f) | 0x80;
    value >>>= 7;
  }
  out[at++] = value;
  return at;
}

/** Copies bytes; answers the place behind them. */
export function putBytes(out: Buffer, at: number, from: Buffer, start: number, end: number): number {
  if (end - start < LONG_COPY) for (let i = start; i < end; i++) out[at++] = from[i] as number;
  else {
    from.copy(out, at, start, end);
    at += end - start;
  }
  return at;
}
