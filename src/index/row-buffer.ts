/** Bytes of rows being written: grows by doubling, and is used again for the next batch. */
export class RowBuffer {
  bytes: Buffer;
  /** Where the next row goes. */
  at = 0;
  rows = 0;

  constructor(capacity = 1024 * 1024) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  begin(): void {
    this.at = 0;
    this.rows = 0;
  }

  /** The rows without a copy: good until the next `begin`. */
  view(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  /** Makes room for so many bytes more. */
  room(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}
