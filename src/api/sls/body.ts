import { hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { unzipSync } from 'node:zlib';
import { decompress, isCodec } from '../../core/codec.ts';
import { SluiceError } from '../../core/errors.ts';
import type { Codec } from '../../core/log.ts';
import { tooLarge } from './receive-body.ts';
import { headerText } from './signature-v1.ts';
import { slsErrorOf, SlsError } from './sls-error.ts';

/** Compares the body with the digests that took part in the signature. @throws SlsError SignatureNotMatch */
export function checkDigests(headers: IncomingHttpHeaders, body: Buffer): void {
  const md5 = headerText(headers, 'content-md5');
  if (md5 !== '') {
    const own = hash('md5', body, 'hex');
    if (own !== md5.toLowerCase()) throw differs('Content-MD5', md5, own.toUpperCase());
  }
  const sha256 = headerText(headers, 'x-log-content-sha256');
  if (sha256 !== '') {
    const own = hash('sha256', body, 'hex');
    if (own !== sha256.toLowerCase()) throw differs('x-log-content-sha256', sha256, own);
  }
}

function differs(header: string, sent: string, own: string): SlsError {
  return new SlsError('SignatureNotMatch', `${header} is ${sent}, but that of the body received is ${own}`, 401);
}

/** How a body came: its codec, and the size it must decompress to (of an uncompressed body: its own). */
export interface BodyForm {
  /** `gzip` is the label; the bytes are gzip's or a zlib stream (sls-api §1.5). */
  readonly codec: Codec | 'gzip';
  readonly rawBytes: number;
}

/** @throws SlsError InvalidCompressType MissingBodyRawSize InvalidBodyRawSize PostBodyTooLarge */
export function bodyForm(headers: IncomingHttpHeaders, body: Buffer, limit: number): BodyForm {
  const codec = headerText(headers, 'x-log-compresstype').toLowerCase();
  // Sizes of uncompressed bodies lie (sls-api §1.8), so they are not looked at.
  if (codec === '' || codec === 'none') return { codec: 'none', rawBytes: body.length };
  if (codec !== 'gzip' && !isCodec(codec))
    throw new SlsError('InvalidCompressType', `x-log-compresstype ${codec} is not supported, expected lz4, zstd, deflate or gzip`);
  const size = headerText(headers, 'x-log-bodyrawsize');
  if (size === '') throw new SlsError('MissingBodyRawSize', 'x-log-bodyrawsize is missing, a compressed body needs it');
  if (!/^\d{1,15}$/.test(size))
    throw new SlsError('InvalidBodyRawSize', `x-log-bodyrawsize ${size} is invalid, expected a number of bytes`);
  const rawBytes = Number(size);
  if (rawBytes > limit) throw tooLarge(rawBytes, limit);
  return { codec, rawBytes };
}

/** The body before compression; memory is bounded by the size it was announced with. @throws SlsError PostBodyUncompressError */
export function decompressBody(body: Buffer, form: BodyForm): Buffer {
  const { codec, rawBytes } = form;
  if (codec === 'none') return body;
  try {
    const raw = codec === 'gzip' ? unzip(body, rawBytes) : decompress(codec, body, rawBytes);
    return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  } catch (thrown) {
    throw slsErrorOf(thrown);
  }
}

function unzip(body: Buffer, rawBytes: number): Buffer {
  const corrupt = (reason: string, cause?: unknown): SluiceError =>
    new SluiceError(
      'codec.corrupt',
      `gzip body of ${body.length} bytes does not decompress to the declared ${rawBytes} bytes: ${reason}`,
      {},
      { cause },
    );
  let raw: Buffer;
  try {
    raw = unzipSync(body, { maxOutputLength: Math.max(1, rawBytes) });
  } catch (thrown) {
    throw corrupt(thrown instanceof Error ? thrown.message : String(thrown), thrown);
  }
  if (raw.length !== rawBytes) throw corrupt(`it gives ${raw.length} bytes`);
  return raw;
}
