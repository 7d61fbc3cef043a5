import { createHash, createHmac } from 'node:crypto';
import type { Parameter } from './query-string.ts';
import { headerText, type SignedRequest } from './signature-v1.ts';

const ALGORITHM = 'SLS4-HMAC-SHA256';

export interface AuthorizationV4 {
  readonly accessKeyId: string;
  /** YYYYMMDD */
  readonly date: string;
  readonly region: string;
  /** 64 lower-case hex digits. */
  readonly signature: string;
}

/** `SLS4-HMAC-SHA256 Credential=<id>/<date>/<region>/sls/aliyun_v4_request,Signature=<hex>`; null: it is not of this form. */
export function parseAuthorizationV4(text: string): AuthorizationV4 | null {
  const match =
    /^SLS4-HMAC-SHA256\s+Credential=([^/\s]+)\/(\d{8})\/([^/\s]*)\/sls\/aliyun_v4_request\s*,\s*Signature=([0-9a-fA-F]{64})$/.exec(text);
  if (match === null) return null;
  return {
    accessKeyId: match[1] as string,
    date: match[2] as string,
    region: match[3] as string,
    signature: (match[4] as string).toLowerCase(),
  };
}

/** Which headers of the request the client signed: there is no SignedHeaders on the wire, so the server tries the lists that SDKs make. */
export interface SignedHeaderChoice {
  readonly host: boolean;
  readonly contentType: boolean;
  /** `x-log-meta-*`: Java signs them, Go and Python do not. */
  readonly meta: boolean;
}

/** Canonical request of V4 (sls-api §1.7). */
export function canonicalRequestV4(request: SignedRequest, choice: SignedHeaderChoice): string {
  const { headers } = request;
  const names = Object.keys(headers)
    .filter((name) => {
      if (name === 'host') return choice.host;
      if (name === 'content-type') return choice.contentType;
      if (name.startsWith('x-log-meta-')) return choice.meta;
      return name.startsWith('x-log-') || name.startsWith('x-acs-');
    })
    .sort();
  const lines = names.map((name) => `${name}:${headerText(headers, name)}\n`).join('');
  return [
    request.method,
    request.path,
    canonicalQueryV4(request.query),
    lines,
    names.join(';'),
    headerText(headers, 'x-log-content-sha256'),
  ].join('\n');
}

/** Sorted by key; keys stand unencoded, values RFC 3986-encoded, an empty value without `=`. */
export function canonicalQueryV4(query: readonly Parameter[]): string {
  return query
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === '' ? name : `${name}=${encode3986(value)}`))
    .join('&');
}

/** The key that signs the requests of one day and region. */
export function signingKeyV4(secret: string, date: string, region: string): Buffer {
  const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();
  return hmac(hmac(hmac(hmac(`aliyun_v4${secret}`, date), region), 'sls'), 'aliyun_v4_request');
}

/** 64 lower-case hex digits; `key` is `signingKeyV4` of the same day and region. */
export function signV4(request: SignedRequest, key: Buffer, date: string, region: string, choice: SignedHeaderChoice): string {
  const scope = `${date}/${region}/sls/aliyun_v4_request`;
  const hashed = createHash('sha256').update(canonicalRequestV4(request, choice)).digest('hex');
  const text = `${ALGORITHM}\n${headerText(request.headers, 'x-log-date')}\n${scope}\n${hashed}`;
  return createHmac('sha256', key).update(text).digest('hex');
}

/** The header lists to try, the usual one first. */
export function headerChoicesV4(request: SignedRequest): SignedHeaderChoice[] {
  const metas = Object.keys(request.headers).some((name) => name.startsWith('x-log-meta-')) ? [false, true] : [false];
  const contentTypes = 'content-type' in request.headers ? [true, false] : [false];
  return metas.flatMap((meta) => [true, false].flatMap((host) => contentTypes.map((contentType) => ({ host, contentType, meta }))));
}

function encode3986(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
