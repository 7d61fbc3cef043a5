import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Parameter } from './query-string.ts';

/** What of a request takes part in its signature. */
export interface SignedRequest {
  readonly method: string;
  /** As sent, still percent-encoded, without the query. */
  readonly path: string;
  readonly query: readonly Parameter[];
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
}

/**
 * String to sign of V1 (sls-api §1.6). `x-log-date` replaces Date and is itself no signed header; parameters stand decoded, sorted by name; a query
 * without parameters (a lone `?`) is none.
 */
export function stringToSignV1(request: SignedRequest): string {
  const { headers } = request;
  const text = (name: string): string => headerText(headers, name);
  const signed = Object.keys(headers)
    .filter((name) => (name.startsWith('x-log-') || name.startsWith('x-acs-')) && name !== 'x-log-date')
    .sort();
  let result = `${request.method}\n${text('content-md5')}\n${text('content-type')}\n${text('x-log-date') || text('date')}\n`;
  for (const name of signed) result += `${name}:${text(name)}\n`;
  result += request.path;
  if (request.query.length > 0) {
    const sorted = request.query.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    result += `?${sorted.map(([name, value]) => `${name}=${value}`).join('&')}`;
  }
  return result;
}

/** Base64 of HMAC-SHA1 over the string to sign. */
export function signV1(request: SignedRequest, secret: string): string {
  return createHmac('sha1', secret).update(stringToSignV1(request)).digest('base64');
}

/** `LOG <id>:<signature>`; null: it is not of this form. */
export function parseAuthorizationV1(text: string): { readonly accessKeyId: string; readonly signature: string } | null {
  const match = /^LOG\s+([^:\s]+):(\S+)$/.exec(text);
  return match === null ? null : { accessKeyId: match[1] as string, signature: match[2] as string };
}

export function headerText(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return value === undefined ? '' : (typeof value === 'string' ? value : value.join(',')).trim();
}
