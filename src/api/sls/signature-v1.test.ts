import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { parseQuery, rawQuery } from './query-string.ts';
import { parseAuthorizationV1, signV1, stringToSignV1, type SignedRequest } from './signature-v1.ts';

const MD5_OF_HELD = 'CCFCD347D0BF65DC77AFE01A3306A96B';

function request(line: string, headers: IncomingHttpHeaders = {}): SignedRequest {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', query = ''] = target.split('?');
  return {
    method,
    path,
    query: parseQuery(query),
    headers: {
      date: 'Mon, 15 Jan 2024 08:00:00 GMT',
      'x-log-apiversion': '0.6.0',
      'x-log-bodyrawsize': '0',
      'x-log-signaturemethod': 'hmac-sha1',
      ...headers,
    },
  };
}

/** Computed with the official Python SDK's signer (sls-api §1.6). Parameters come in the order that client sends them. */
const CURSOR = '/logstores/app/shards/0?type=cursor&from=begin';
const SEARCH =
  '/logstores/app?type=log&from=1705305600&to=1705309200&topic=&query=level%3A%20error%20and%20path%3A%20%2Fa%20b&line=100&offset=0&reverse=false';

describe('signature V1', () => {
  it.each<[name: string, request: SignedRequest, secret: string, signature: string]>([
    ['A: a cursor', request(`GET ${CURSOR}`), 'testsecret', '/QaWr8LSTnTM5h5h8tHSWY7fL5k='],
    [
      "A': with a content type on a GET",
      request(`GET ${CURSOR}`, { 'content-type': 'application/json' }),
      'testsecret',
      'F6GHRtiv87KzyMluLRexMVxRiYg=',
    ],
    [
      'B: a heartbeat with its body',
      request('POST /logstores/app/consumergroups/cg1?type=heartbeat&consumer=c-1', {
        'content-md5': MD5_OF_HELD,
        'content-type': 'application/json',
        'x-log-bodyrawsize': '5',
      }),
      'testsecret',
      'fOT+B6S2CNnpNJoa3fBqarW2no0=',
    ],
    [
      'C: a search with a session token, an empty parameter and spaces',
      request(`GET ${SEARCH}`, { 'x-acs-security-token': 'STS.tok' }),
      'testsecret',
      'YxLDVaEzZhccxOmeSVU++HDQU/0=',
    ],
    [
      'the official list of logstores',
      request('GET /logstores', { date: 'Mon, 3 Jan 2010 08:33:47 GMT' }),
      'mockAccessKeySecret',
      'Rwm6cTKzoti4HWoe+GKcb6Kv07E=',
    ],
    [
      'the official write, a GET with a body',
      request('GET /logstores/app_log', {
        date: 'Mon, 3 Jan 2010 08:33:47 GMT',
        'content-type': 'application/x-protobuf',
        'content-md5': '8D6881250FF5559F59BBDF04100F6E59',
        'x-log-bodyrawsize': '50',
      }),
      'mockAccessKeySecret',
      '87xQWqFaOSewqRIma8kPjGYlXHc=',
    ],
  ])('is %s', (_, signedRequest, secret, signature) => {
    expect(signV1(signedRequest, secret)).toBe(signature);
  });

  it('is made over the texts of the reference', () => {
    expect(createHash('md5').update('[0,1]').digest('hex').toUpperCase()).toBe(MD5_OF_HELD);
    expect(stringToSignV1(request(`GET ${CURSOR}`))).toBe(
      'GET\n\n\nMon, 15 Jan 2024 08:00:00 GMT\nx-log-apiversion:0.6.0\nx-log-bodyrawsize:0\nx-log-signaturemethod:hmac-sha1\n/logstores/app/shards/0?from=begin&type=cursor',
    );
    expect(stringToSignV1(request(`GET ${SEARCH}`, { 'x-acs-security-token': 'STS.tok' }))).toBe(
      'GET\n\n\nMon, 15 Jan 2024 08:00:00 GMT\nx-acs-security-token:STS.tok\nx-log-apiversion:0.6.0\nx-log-bodyrawsize:0\nx-log-signaturemethod:hmac-sha1\n' +
        '/logstores/app?from=1705305600&line=100&offset=0&query=level: error and path: /a b&reverse=false&to=1705309200&topic=&type=log',
    );
  });

  it('takes x-log-date in the place of Date and never among the headers', () => {
    const plain = signV1(request(`GET ${CURSOR}`), 'testsecret');
    const copied = request(`GET ${CURSOR}`, { 'x-log-date': 'Mon, 15 Jan 2024 08:00:00 GMT' });
    expect(signV1(copied, 'testsecret')).toBe(plain);
    expect(signV1({ ...copied, headers: { ...copied.headers, date: 'Tue, 16 Jan 2024 08:00:00 GMT' } }, 'testsecret')).toBe(plain);
    expect(signV1(request(`GET ${CURSOR}`, { 'x-log-date': 'Mon, 15 Jan 2024 08:00:01 GMT' }), 'testsecret')).not.toBe(plain);
  });

  it('counts a lone ? as no query, and an empty parameter as one with nothing behind its =', () => {
    expect(stringToSignV1(request('GET /logstores?'))).toBe(stringToSignV1(request('GET /logstores')));
    expect(stringToSignV1(request('GET /logstores?size=&offset=0'))).toMatch(/\n\/logstores\?offset=0&size=$/);
  });

  it('trims values, signs every x-log- and x-acs- header and no other, the path as it was sent', () => {
    const text = stringToSignV1(
      request('GET /logstores/a%2Fb', { 'x-acs-b': ' 2 ', 'x-log-keyprovider': 'md5-sha1-salt', 'x-other': 'no', 'user-agent': 'no' }),
    );
    expect(text).toMatch(/GMT\nx-acs-b:2\nx-log-apiversion:0\.6\.0\n/);
    expect(text).toContain('\nx-log-keyprovider:md5-sha1-salt\n');
    expect(text).not.toContain('no\n');
    expect(text.endsWith('\n/logstores/a%2Fb')).toBe(true);
  });

  it('can also be made over the query as it was sent', () => {
    const raw = { ...request('POST /logstores/app/shards/route'), query: rawQuery('key=a%2Fb&x=') };
    expect(stringToSignV1(raw)).toMatch(/\?key=a%2Fb&x=$/);
  });

  it('stands in its header behind the id of the key', () => {
    expect(parseAuthorizationV1('LOG testid:F6GHRtiv87KzyMluLRexMVxRiYg=')).toEqual({
      accessKeyId: 'testid',
      signature: 'F6GHRtiv87KzyMluLRexMVxRiYg=',
    });
    for (const text of ['', 'LOG', 'LOG testid', 'LOG :sig', 'LOG testid:', 'LOG test id:sig', 'log testid:sig', 'Basic dGVzdA=='])
      expect(parseAuthorizationV1(text), text).toBeNull();
  });
});
