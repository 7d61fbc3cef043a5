import type { Codec } from '../../../../core/log.ts';
import { SlsError } from '../../sls-error.ts';

/** One package of an SlsLogPackageList: a LogGroup, compressed by itself (sls-api §2). */
export interface LogPackage {
  readonly bytes: Buffer;
  readonly codec: Codec;
  readonly rawBytes: number;
}

const CODEC_OF: readonly Codec[] = ['none', 'deflate', 'lz4', 'zstd'];
const LZ4 = 2;

/** @throws SlsError PostBodyInvalid */
export function logPackages(list: Buffer): readonly LogPackage[] {
  const packages: LogPackage[] = [];
  const fields = new Fields(list, 0, list.length);
  while (fields.next()) if (fields.number === 1 && fields.wire === 2) packages.push(packageOf(list, fields.start, fields.end));
  return packages;
}

function packageOf(list: Buffer, start: number, end: number): LogPackage {
  let bytes: Buffer | null = null;
  let rawBytes = 0;
  let type = LZ4;
  const fields = new Fields(list, start, end);
  while (fields.next()) {
    if (fields.number === 1 && fields.wire === 2) bytes = list.subarray(fields.start, fields.end);
    else if (fields.number === 2 && fields.wire === 0) rawBytes = fields.value;
    else if (fields.number === 3 && fields.wire === 0) type = fields.value;
  }
  const codec = CODEC_OF[type];
  if (bytes === null) throw broken('a package has no data');
  if (codec === undefined) throw broken(`a package has compress_type ${type}`);
  return { bytes, codec, rawBytes: codec === 'none' ? bytes.length : rawBytes };
}

function broken(why: string): SlsError {
  return new SlsError('PostBodyInvalid', `the body is no SlsLogPackageList: ${why}`);
}

/** Walks the fields of one protobuf message. */
class Fields {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  number = 0;
  wire = 0;
  /** Of a varint. */
  value = 0;
  /** Place of the bytes of a length-delimited field. */
  start = 0;
  end = 0;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  next(): boolean {
    if (this.#at >= this.#end) return false;
    const tag = this.#varint();
    this.number = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.wire === 0) this.value = this.#varint();
    else if (this.wire === 2) {
      const length = this.#varint();
      this.start = this.#at;
      this.end = this.#at += length;
    } else if (this.wire === 5) this.#at += 4;
    else if (this.wire === 1) this.#at += 8;
    else throw broken(`wire type ${this.wire}`);
    if (this.#at > this.#end) throw broken('a field is cut');
    return true;
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < 10; count++, factor *= 128) {
      if (this.#at >= this.#end) throw broken('a number is cut');
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw broken('a number is longer than 10 bytes');
  }
}
