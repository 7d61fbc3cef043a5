import { describe, expect, it } from 'vitest';
import type { AccessKey } from '../../control/access.ts';
import { Authenticator } from './authenticate.ts';
import { parseQuery } from './query-string.ts';
import { SlsError } from './sls-error.ts';
import { signV1, type SignedRequest } from './signature-v1.ts';
import { signingKeyV4, signV4 } from './signature-v4.ts';

const NOW = Date.UTC(2024, 0, 15, 8);
const EMPTY_SHA = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const plain: AccessKey = {
  accessKeyId: 'testid',
  secret: 'testsecret',
  owner: 'o',
  root: true,
  policies: [],
  sessionToken: null,
  expiresAtMs: null,
};
const session: AccessKey = { ...plain, accessKeyId: 'STS.id', sessionToken: 'STS.tok', expiresAtMs: NOW + 60_000 };
const keys = new Map([plain, session].map((key) => [key.accessKeyId, key]));
const authenticator = new Authenticator({ key: (id) => keys.get(id) ?? null }, 900);

const TARGET = '/logstores/app/shards/0?type=cursor&from=begin';

function request(target: string, headers: Record<string, string>): { readonly of: SignedRequest; readonly queryText: string } {
  const [path = '', queryText = ''] = target.split('?');
  return { of: { method: 'GET', path, query: parseQuery(queryText), headers }, queryText };
}

function check(target: string, headers: Record<string, string>, nowMs = NOW): string {
  const { of, queryText } = request(target, headers);
  try {
    return authenticator.check(of, queryText, nowMs)?.accessKeyId ?? 'nobody';
  } catch (thrown) {
    if (thrown instanceof SlsError) return `${thrown.status} ${thrown.errorCode}`;
    throw thrown;
  }
}

const v1Headers = {
  date: 'Mon, 15 Jan 2024 08:00:00 GMT',
  'x-log-apiversion': '0.6.0',
  'x-log-bodyrawsize': '0',
  'x-log-signaturemethod': 'hmac-sha1',
};
/** Signed, and changed afterwards. */
function v1(headers: Record<string, string> = {}, after: Record<string, string> = {}, id = 'testid', target = TARGET) {
  const all = { ...v1Headers, ...headers };
  return { ...all, authorization: `LOG ${id}:${signV1(request(target, all).of, 'testsecret')}`, ...after };
}

const v4Headers = {
  host: 'demo.cn-hangzhou.log.aliyuncs.com',
  'x-log-apiversion': '0.6.0',
  'x-log-bodyrawsize': '0',
  'x-log-content-sha256': EMPTY_SHA,
  'x-log-date': '20240115T080000Z',
};
function v4(headers: Record<string, string> = {}, after: Record<string, string> = {}, date = '20240115') {
  const all = { ...v4Headers, ...headers };
  const key = signingKeyV4('testsecret', date, 'anywhere');
  const signature = signV4(request(TARGET, all).of, key, date, 'anywhere', { host: true, contentType: true, meta: false });
  return {
    ...all,
    authorization: `SLS4-HMAC-SHA256 Credential=testid/${date}/anywhere/sls/aliyun_v4_request,Signature=${signature}`,
    ...after,
  };
}

describe('who signed a request', () => {
  it('V1: the published vector is let in, and nothing that was changed on the way', () => {
    expect(check(TARGET, { ...v1Headers, authorization: 'LOG testid:/QaWr8LSTnTM5h5h8tHSWY7fL5k=' })).toBe('testid');
    expect(check(TARGET, v1())).toBe('testid');
    expect(check(TARGET.replace('begin', 'end'), v1())).toBe('401 SignatureNotMatch');
    expect(check(TARGET.replace('/0', '/1'), v1())).toBe('401 SignatureNotMatch');
    expect(check(TARGET, v1({}, { 'x-log-ip': '10.0.0.1' }))).toBe('401 SignatureNotMatch');
    expect(check(TARGET, v1({}, { 'content-md5': 'A'.repeat(32) }))).toBe('401 SignatureNotMatch');
    expect(check(TARGET, v1({}, { 'content-type': 'application/json' }))).toBe('401 SignatureNotMatch');
    // Python adds it behind the signature, with the same value.
    expect(check(TARGET, v1({}, { 'x-log-date': v1Headers.date }))).toBe('testid');
    expect(check(TARGET, v1({}, { 'x-log-date': 'Mon, 15 Jan 2024 08:00:01 GMT' }))).toBe('401 SignatureNotMatch');
  });

  it('V1: a query that was signed before it was encoded is let in too', () => {
    const target = '/logstores/app?query=a%3A%20b&type=log';
    const all = { ...v1Headers };
    const raw = {
      ...request(target, all).of,
      query: [
        ['query', 'a%3A%20b'],
        ['type', 'log'],
      ] as const,
    };
    expect(check(target, { ...all, authorization: `LOG testid:${signV1(raw, 'testsecret')}` })).toBe('testid');
  });

  it('V4: any region of the credential, the day of x-log-date, and nothing that was changed on the way', () => {
    expect(check(TARGET, v4())).toBe('testid');
    expect(check(TARGET.replace('begin', 'end'), v4())).toBe('401 SignatureNotMatch');
    expect(check(TARGET, v4({}, { 'x-log-ip': '10.0.0.1' }))).toBe('401 SignatureNotMatch');
    expect(check(TARGET, v4({}, { host: 'demo.cn-hangzhou.log.aliyuncs.com:80' }))).toBe('401 SignatureNotMatch');
    expect(check(TARGET, v4({ host: 'demo.cn-hangzhou.log.aliyuncs.com:7810' }))).toBe('testid');
    // A proxy may add one that the client did not sign.
    expect(check(TARGET, v4({}, { 'content-type': 'text/plain' }))).toBe('testid');
    expect(check(TARGET, v4({}, { 'x-log-content-sha256': EMPTY_SHA.replace('e', 'f') }))).toBe('401 SignatureNotMatch');
    expect(check(TARGET, v4({}, {}, '20240114'))).toBe('401 SignatureNotMatch');
    const { 'x-log-content-sha256': _, ...without } = v4();
    expect(check(TARGET, without)).toBe('401 SignatureNotMatch');
  });

  it('the clock: 15 minutes to either side and not a second more, dates of both forms, none at all', () => {
    for (const headers of [v1(), v4()]) {
      expect(check(TARGET, headers, NOW + 900_000)).toBe('testid');
      expect(check(TARGET, headers, NOW - 900_000)).toBe('testid');
      expect(check(TARGET, headers, NOW + 901_000)).toBe('400 RequestTimeTooSkewed');
      expect(check(TARGET, headers, NOW - 901_000)).toBe('400 RequestTimeTooSkewed');
    }
    expect(check(TARGET, v1({ date: 'yesterday' }))).toBe('400 InvalidDateFormat');
    expect(check(TARGET, v4({ 'x-log-date': '2024-01-15' }))).toBe('400 InvalidDateFormat');
    expect(check(TARGET, v1({ date: '' }))).toBe('400 MissingDate');
    // V4 never looks at Date.
    expect(check(TARGET, v4({ 'x-log-date': '', date: v1Headers.date }))).toBe('400 MissingDate');
  });

  it('keys: unknown, of a session with its token, without it, past its end', () => {
    expect(check(TARGET, v1({}, {}, 'nobody'))).toBe('401 InvalidAccessKeyId');
    const token = { 'x-acs-security-token': 'STS.tok' };
    expect(check(TARGET, v1(token, {}, 'STS.id'))).toBe('STS.id');
    expect(check(TARGET, v1({}, {}, 'STS.id'))).toBe('401 Unauthorized');
    expect(check(TARGET, v1({ 'x-acs-security-token': 'other' }, {}, 'STS.id'))).toBe('401 Unauthorized');
    expect(check(TARGET, v1(token, {}, 'STS.id'), NOW + 60_000)).toBe('401 SecurityTokenExpired');
  });

  it('says what is wrong with a header that is no signature', () => {
    expect(check(TARGET, v1Headers)).toBe('nobody');
    expect(check(TARGET, { ...v1Headers, authorization: 'LOG :sig' })).toBe('400 MissAccessKeyId');
    expect(check(TARGET, { ...v1Headers, authorization: 'Basic dXNlcjpwYXNz' })).toBe('401 Unauthorized');
    expect(check(TARGET, { ...v1Headers, authorization: 'SLS4-HMAC-SHA256 Credential=testid' })).toBe('401 Unauthorized');
    expect(check(TARGET, v1({ 'x-log-signaturemethod': 'hmac-md5' }))).toBe('400 InvalidSignatureMethod');
  });
});
