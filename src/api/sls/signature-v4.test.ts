import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { parseQuery } from './query-string.ts';
import type { SignedRequest } from './signature-v1.ts';
import {
  canonicalQueryV4,
  canonicalRequestV4,
  headerChoicesV4,
  parseAuthorizationV4,
  signingKeyV4,
  signV4,
  type SignedHeaderChoice,
} from './signature-v4.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const EMPTY_BODY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const USUAL: SignedHeaderChoice = { host: true, contentType: true, meta: false };

function request(line: string, headers: IncomingHttpHeaders = {}): SignedRequest {
  const [method = '', target = ''] = line.split(' ');
  const [path = '', query = ''] = target.split('?');
  return {
    method,
    path,
    query: parseQuery(query),
    headers: {
      host: 'demo.cn-hangzhou.log.aliyuncs.com',
      'x-log-apiversion': '0.6.0',
      'x-log-bodyrawsize': '0',
      'x-log-content-sha256': EMPTY_BODY,
      'x-log-date': '20240115T080000Z',
      ...headers,
    },
  };
}
const sign = (of: SignedRequest): string =>
  signV4(of, signingKeyV4('testsecret', '20240115', 'cn-hangzhou'), '20240115', 'cn-hangzhou', USUAL);

describe('signature V4', () => {
  it('D: a cursor', () => {
    const of = request('GET /logstores/app/shards/0?type=cursor&from=begin');
    expect(canonicalRequestV4(of, USUAL)).toBe(
      `GET
/logstores/app/shards/0
from=begin&type=cursor
host:demo.cn-hangzhou.log.aliyuncs.com
x-log-apiversion:0.6.0
x-log-bodyrawsize:0
x-log-content-sha256:${EMPTY_BODY}
x-log-date:20240115T080000Z

host;x-log-apiversion;x-log-bodyrawsize;x-log-content-sha256;x-log-date
${EMPTY_BODY}`,
    );
    expect(sha256(canonicalRequestV4(of, USUAL))).toBe('dae23ed6917d94df2070412e0620561f34ac115abd1dc811c05fabeafce4b0cb');
    expect(sign(of)).toBe('2fe4e4b92e2b6224d620b9ab3df73b3279c5e2796f97d1ed5c2cbcc1efe4dbbd');
  });

  it('E: a heartbeat with its body', () => {
    const digest = sha256('[0,1]');
    expect(digest).toBe('463f2998327eb3a694145e6014444480b2235be84aa6cfd57871cc64f1cd816c');
    const of = request('POST /logstores/app/consumergroups/cg1?type=heartbeat&consumer=c-1', {
      'content-type': 'application/json',
      'x-log-bodyrawsize': '5',
      'x-log-content-sha256': digest,
    });
    expect(canonicalRequestV4(of, USUAL)).toContain(
      '\ncontent-type;host;x-log-apiversion;x-log-bodyrawsize;x-log-content-sha256;x-log-date\n',
    );
    expect(sha256(canonicalRequestV4(of, USUAL))).toBe('5e0abe8e8ebc6d8bb86335625eab48ad738051c636a6ec452e0591a13e141f22');
    expect(sign(of)).toBe('afa2685b9a1a60619bf473429b7a98f14e2920583cad6c45c023ba755a6dd699');
  });

  it('F: a search with an empty parameter and characters that are encoded', () => {
    const of = request('GET /logstores/app?type=log&topic=&query=path%3A%20%2Fa%20b%2A%20~x');
    expect(canonicalQueryV4(of.query)).toBe('query=path%3A%20%2Fa%20b%2A%20~x&topic&type=log');
    expect(sign(of)).toBe('944825f7ba912c44a773c4c12c43488b1dbe64125583fe4079c7d7cc7993afc9');
  });

  it('G: the official vector, with neither host nor content type signed', () => {
    const of: SignedRequest = {
      method: 'POST',
      path: '/logstores',
      query: [],
      headers: { 'x-log-date': '20220808T032330Z', 'x-log-content-sha256': sha256('adasd= -asd zcas') },
    };
    const key = signingKeyV4('zxasdasdasw2', '20220808', 'cn-shanghai');
    expect(signV4(of, key, '20220808', 'cn-shanghai', USUAL)).toBe('8a10a5e723cb2e75964816de660b2c16a58af8bc0261f7f0722d832468c76ce8');
    // The same where a proxy has added what the client did not sign.
    const proxied = { ...of, headers: { ...of.headers, host: 'demo.example', 'content-type': 'text/plain' } };
    const made = headerChoicesV4(proxied).map((choice) => signV4(proxied, key, '20220808', 'cn-shanghai', choice));
    expect(new Set(made).size).toBe(4);
    expect(made).toContain('8a10a5e723cb2e75964816de660b2c16a58af8bc0261f7f0722d832468c76ce8');
  });

  it('writes keys as they are and an empty value without =', () => {
    expect(canonicalQueryV4(parseQuery('b=&a%2Fc=%25+x&a=1'))).toBe('a=1&a/c=%25%20x&b');
    expect(canonicalQueryV4([['q', "!'()*-_.~"]])).toBe('q=%21%27%28%29%2A-_.~');
  });

  it('tries x-log-meta- headers both ways: Java signs them, others do not', () => {
    const of = request('POST /logstores/app', { 'x-log-meta-owner': 'x' });
    const texts = headerChoicesV4(of).map((choice) => canonicalRequestV4(of, choice).includes('x-log-meta-owner'));
    expect(new Set(texts)).toEqual(new Set([true, false]));
  });

  it('stands in its header with day and region, and without a list of headers', () => {
    const signature = 'A'.repeat(64);
    const scope = 'testid/20240115/cn-hangzhou/sls/aliyun_v4_request';
    expect(parseAuthorizationV4(`SLS4-HMAC-SHA256 Credential=${scope},Signature=${signature}`)).toEqual({
      accessKeyId: 'testid',
      date: '20240115',
      region: 'cn-hangzhou',
      signature: 'a'.repeat(64),
    });
    for (const text of [
      `LOG4-HMAC-SHA256 Credential=${scope},Signature=${signature}`,
      `SLS4-HMAC-SHA256 Credential=${scope},Signature=${signature.slice(1)}`,
      `SLS4-HMAC-SHA256 Credential=testid/2024/cn-hangzhou/sls/aliyun_v4_request,Signature=${signature}`,
      `SLS4-HMAC-SHA256 Credential=testid/20240115/cn-hangzhou/oss/aliyun_v4_request,Signature=${signature}`,
      `SLS4-HMAC-SHA256 Signature=${signature}`,
    ])
      expect(parseAuthorizationV4(text), text).toBeNull();
  });
});
