import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { compress } from '../../core/codec.ts';
import type { Codec } from '../../core/log.ts';
import type { SlsReply } from './operation.ts';
import { headerText } from './signature-v1.ts';
import type { SlsError } from './sls-error.ts';

/** A reply as it goes out: every header but those of all replies, and the bytes. */
export interface Rendered {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
}

/**
 * Which codec GetLogs and its like may answer in (sls-api §1.5). lz4 first; zstd and deflate only for a client that takes nothing else: HTTP libraries
 * put `gzip, deflate, br, zstd` there, which they mean for Content-Encoding. Java asks for zstd and cannot read it.
 */
export function replyCodec(headers: IncomingHttpHeaders): Codec {
  const wanted = headerText(headers, 'accept-encoding').toLowerCase();
  if (wanted.includes('lz4')) return 'lz4';
  if (wanted === 'zstd') return headerText(headers, 'user-agent').startsWith('aliyun-log-sdk-java') ? 'none' : 'zstd';
  return wanted === 'deflate' ? 'deflate' : 'none';
}

export function renderReply(reply: SlsReply, requestHeaders: IncomingHttpHeaders): Rendered {
  const headers: Record<string, string> = { ...reply.headers };
  // An empty success has no body and no JSON content type: Node's SDK would parse it (§1.4).
  if (reply.kind === 'empty') return { status: 200, headers, chunks: [], bytes: 0 };
  if (reply.kind === 'bytes') {
    headers['content-type'] = reply.contentType;
    let bytes = 0;
    for (const chunk of reply.chunks) bytes += chunk.byteLength;
    return { status: 200, headers, chunks: reply.chunks, bytes };
  }
  headers['content-type'] = 'application/json';
  const raw = Buffer.from(JSON.stringify(reply.value));
  const codec = reply.compress === true ? replyCodec(requestHeaders) : 'none';
  const body = compress(codec, raw);
  if (codec !== 'none') {
    headers['x-log-compresstype'] = codec;
    headers['x-log-bodyrawsize'] = String(raw.length);
  }
  return { status: 200, headers, chunks: [body], bytes: body.byteLength };
}

/** Always JSON with both keys: Node's SDK looks at the body, not at the status (§6). */
export function renderError(error: SlsError): Rendered {
  const body = Buffer.from(JSON.stringify({ errorCode: error.errorCode, errorMessage: error.message }));
  return { status: error.status, headers: { 'content-type': 'application/json' }, chunks: [body], bytes: body.length };
}

/** Sends it; `headers` go on top. */
export function sendReply(
  response: ServerResponse,
  rendered: Rendered,
  headers: Readonly<Record<string, string>>,
  withBody: boolean,
): void {
  response.writeHead(rendered.status, { ...rendered.headers, ...headers, 'content-length': String(rendered.bytes) });
  if (!withBody || rendered.chunks.length === 0) {
    response.end();
    return;
  }
  if (rendered.chunks.length === 1) {
    response.end(rendered.chunks[0]);
    return;
  }
  response.cork();
  for (const chunk of rendered.chunks) response.write(chunk);
  response.end();
  response.uncork();
}
