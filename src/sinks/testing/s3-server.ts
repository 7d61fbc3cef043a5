import { createHash, createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { serveHttp, type Call } from './http-server.ts';

export interface S3Object {
  readonly body: Buffer;
  readonly headers: Call['headers'];
}

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** One bucket of an S3 service that checks AWS Signature Version 4 from its documentation, apart from the library that signs, and the checksum of each body. */
export async function startS3(bucket: string, keys: Readonly<Record<string, string>>, region: string) {
  const objects = new Map<string, S3Object>();
  const state = { fault: (): { readonly code: string; readonly taken: boolean } | null => null };

  function wrongWith(call: Call): string | null {
    const match =
      /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
        call.headers.authorization ?? '',
      );
    if (match === null) return 'AccessDenied';
    const [, id = '', date = '', signedRegion = '', names = '', signature = ''] = match;
    const secret = keys[id];
    if (secret === undefined) return 'InvalidAccessKeyId';
    if (signedRegion !== region) return 'AuthorizationHeaderMalformed';
    if (call.headers['x-amz-content-sha256'] !== sha256(call.packed)) return 'XAmzContentSHA256Mismatch';
    const query = [...call.url.searchParams]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${encode(name)}=${encode(value)}`);
    const path = call.url.pathname
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/');
    const headers = names.split(';').map(
      (name) =>
        `${name}:${String(call.headers[name] ?? '')
          .trim()
          .replaceAll(/ +/g, ' ')}\n`,
    );
    for (const needed of ['host', 'x-amz-date', 'x-amz-content-sha256']) if (!names.split(';').includes(needed)) return 'AccessDenied';
    const canonical = [call.method, path, query.join('&'), headers.join(''), names, call.headers['x-amz-content-sha256']].join('\n');
    const text = ['AWS4-HMAC-SHA256', call.headers['x-amz-date'], `${date}/${region}/s3/aws4_request`, sha256(canonical)].join('\n');
    const key = hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), 's3'), 'aws4_request');
    return hmac(key, text).toString('hex') === signature ? null : 'SignatureDoesNotMatch';
  }

  const server = await serveHttp((call, response) => {
    const wrong = wrongWith(call);
    if (wrong !== null) return refuse(response, wrong);
    const [, name, ...rest] = call.url.pathname.split('/');
    if (name !== bucket) return refuse(response, 'NoSuchBucket');
    const key = decodeURIComponent(rest.join('/'));
    if (call.method === 'GET' && key === '') {
      response.writeHead(200, { 'content-type': 'application/xml' }).end('<ListBucketResult></ListBucketResult>');
      return;
    }
    const fault = state.fault();
    if (fault?.taken !== false) objects.set(key, { body: call.packed, headers: call.headers });
    if (fault !== null) return refuse(response, fault.code);
    response.writeHead(200, { etag: `"${createHash('md5').update(call.packed).digest('hex')}"` }).end();
  });
  return { ...server, objects, state };
}

const STATUS: Readonly<Record<string, number>> = {
  NoSuchBucket: 404,
  InternalError: 500,
  SlowDown: 503,
  RequestTimeout: 400,
  AuthorizationHeaderMalformed: 400,
  XAmzContentSHA256Mismatch: 400,
};

function refuse(response: ServerResponse, code: string): void {
  response
    .writeHead(STATUS[code] ?? 403, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>see the code</Message></Error>`);
}
