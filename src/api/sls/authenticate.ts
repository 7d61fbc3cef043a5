import { timingSafeEqual } from 'node:crypto';
import type { AccessControl, AccessKey, Caller } from '../../control/access.ts';
import { rawQuery } from './query-string.ts';
import { requestTimeMs } from './request-time.ts';
import { headerText, parseAuthorizationV1, signV1, type SignedRequest } from './signature-v1.ts';
import { headerChoicesV4, parseAuthorizationV4, signingKeyV4, signV4, type AuthorizationV4 } from './signature-v4.ts';
import { SlsError } from './sls-error.ts';

/** Derived keys of V4 are good for a day; dates and regions come from the client, so a cache of them must end somewhere. */
const DERIVED_KEYS = 1000;

/** Finds out who signed a request, by V1 or V4 (sls-api §1.6, §1.7). */
export class Authenticator {
  readonly #access: Pick<AccessControl, 'key'>;
  readonly #clockSkewSec: number;
  /** `<date>/<region>/<secret>` → key: with the secret in it, a changed one is derived anew. Deriving costs four HMACs. */
  readonly #derived = new Map<string, Buffer>();

  /** @param clockSkewSec a request signed further from now is refused */
  constructor(access: Pick<AccessControl, 'key'>, clockSkewSec: number) {
    this.#access = access;
    this.#clockSkewSec = clockSkewSec;
  }

  /**
   * Null: nobody signed it. Looks at the headers only; the digests of the body that they name are compared by `checkDigests` once it is there.
   * @param queryText the query as sent
   * @throws SlsError MissAccessKeyId InvalidSignatureMethod MissingDate InvalidDateFormat RequestTimeTooSkewed InvalidAccessKeyId SecurityTokenExpired Unauthorized SignatureNotMatch
   */
  check(request: SignedRequest, queryText: string, nowMs: number): Caller | null {
    const text = headerText(request.headers, 'authorization');
    if (text === '') return null;
    const key = text.startsWith('SLS4-') ? this.#checkV4(request, text, nowMs) : this.#checkV1(request, text, queryText, nowMs);
    const { accessKeyId, owner, root, policies } = key;
    return { accessKeyId, owner, root, policies };
  }

  #checkV1(request: SignedRequest, text: string, queryText: string, nowMs: number): AccessKey {
    const v1 = parseAuthorizationV1(text);
    if (v1 === null) {
      if (/^LOG\s*:/.test(text)) throw new SlsError('MissAccessKeyId', 'not found AccessKeyId in header Authorization');
      throw new SlsError('Unauthorized', 'Authorization is malformed, expected LOG <AccessKeyId>:<signature> or SLS4-HMAC-SHA256 …', 401);
    }
    const method = headerText(request.headers, 'x-log-signaturemethod');
    if (method !== '' && method !== 'hmac-sha1')
      throw new SlsError('InvalidSignatureMethod', `signature method ${method} is not supported, expected hmac-sha1`);
    this.#checkTime(request, true, nowMs);
    const key = this.#key(request, v1.accessKeyId, nowMs);
    // Some clients sign the query before they decode it (sls-api §1.6).
    const matches =
      same(v1.signature, signV1(request, key.secret)) ||
      (/[%+]/.test(queryText) && same(v1.signature, signV1({ ...request, query: rawQuery(queryText) }, key.secret)));
    if (!matches) throw new SlsError('SignatureNotMatch', `signature ${v1.signature} not match`, 401);
    return key;
  }

  #checkV4(request: SignedRequest, text: string, nowMs: number): AccessKey {
    const v4 = parseAuthorizationV4(text);
    if (v4 === null)
      throw new SlsError(
        'Unauthorized',
        'Authorization is malformed, expected SLS4-HMAC-SHA256 Credential=<id>/<date>/<region>/sls/aliyun_v4_request,Signature=<64 hex digits>',
        401,
      );
    const date = this.#checkTime(request, false, nowMs);
    if (!date.startsWith(v4.date))
      throw new SlsError('SignatureNotMatch', `date ${v4.date} of the credential is not the day of x-log-date ${date}`, 401);
    const accessKey = this.#key(request, v4.accessKeyId, nowMs);
    if (headerText(request.headers, 'x-log-content-sha256') === '')
      throw new SlsError('SignatureNotMatch', 'x-log-content-sha256 is missing, a signature of V4 needs it', 401);
    const key = this.#derivedKey(accessKey.secret, v4);
    for (const choice of headerChoicesV4(request))
      if (same(v4.signature, signV4(request, key, v4.date, v4.region, choice))) return accessKey;
    throw new SlsError('SignatureNotMatch', `signature ${v4.signature} not match`, 401);
  }

  /** Answers the text of the date that was checked. */
  #checkTime(request: SignedRequest, http: boolean, nowMs: number): string {
    const date = headerText(request.headers, 'x-log-date') || (http ? headerText(request.headers, 'date') : '');
    if (date === '') throw new SlsError('MissingDate', http ? 'neither Date nor x-log-date came in the headers' : 'x-log-date is missing');
    const ms = requestTimeMs(date);
    if (ms === null)
      throw new SlsError(
        'InvalidDateFormat',
        `date ${date} is invalid, expected ${http ? 'a form such as Mon, 15 Jan 2024 08:00:00 GMT' : 'YYYYMMDDTHHMMSSZ'}`,
      );
    if (Math.abs(ms - nowMs) > this.#clockSkewSec * 1000)
      throw new SlsError(
        'RequestTimeTooSkewed',
        `request time ${date} is more than ${this.#clockSkewSec} s from the server's, ${new Date(nowMs).toUTCString()}`,
      );
    return date;
  }

  #key(request: SignedRequest, accessKeyId: string, nowMs: number): AccessKey {
    const key = this.#access.key(accessKeyId);
    if (key === null) throw new SlsError('InvalidAccessKeyId', `AccessKeyId ${accessKeyId} is not found or disabled`, 401);
    if (key.sessionToken !== null) {
      if (!same(headerText(request.headers, 'x-acs-security-token'), key.sessionToken))
        throw new SlsError('Unauthorized', 'the security token you provided is invalid', 401);
      if (key.expiresAtMs !== null && nowMs >= key.expiresAtMs)
        throw new SlsError('SecurityTokenExpired', 'the security token you provided has expired', 401);
    }
    return key;
  }

  #derivedKey(secret: string, { date, region }: AuthorizationV4): Buffer {
    const name = `${date}/${region}/${secret}`;
    let key = this.#derived.get(name);
    if (key === undefined) {
      key = signingKeyV4(secret, date, region);
      if (this.#derived.size >= DERIVED_KEYS) this.#derived.clear();
      this.#derived.set(name, key);
    }
    return key;
  }
}

/** Compares in a time that does not tell where texts differ. */
function same(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
