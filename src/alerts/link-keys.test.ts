import { expect, test } from 'vitest';
import { cloudOf } from './cloud-of.ts';
import { pairKeys, singleKey } from './link-keys.ts';
import { entity } from './testing/make-hit.ts';

test.each([
  ['ip:203.0.113.66', 'ip|203.0.113.66'],
  ['ip:::ffff:203.0.113.66', 'ip|203.0.113.66'],
  ['ip:10.0.1.11', 'ipInternal|10.0.1.11'],
  ['ip:100.64.0.1', 'ipInternal|100.64.0.1'],
  ['ip:172.15.0.1', 'ip|172.15.0.1'],
  ['ip:2001:DB8::1', 'ip|2001:db8::1'],
  ['ip:fd00::1', 'ipInternal|fd00::1'],
  ['ip:127.0.0.1', null],
  ['ip:169.254.169.254', null],
  ['ip:0.0.0.0', null],
  ['ip:fe80::1', null],
  ['ip:not an address', null],
  ['user:Ops-Alice', 'user|ops-alice'],
  ['user:arn:aws:iam::111122223333:user/team/Alice', 'user|alice'],
  ['user:arn:aws:sts::111122223333:assumed-role/Deploy/session-1', 'user|111122223333:role/deploy'],
  ['user:-', null],
  ['user:unknown', null],
  ['email:Ada@example.com', 'user|ada@example.com'],
  ['host:Prod-Web-01.', 'host|prod-web-01'],
  ['host:10.0.1.11', 'ipInternal|10.0.1.11'],
  ['domain:Pool.Example.NET.', 'domain|pool.example.net'],
  ['domain:www.example.com:target', null],
  ['key:LTAI5tEXAMPLE', 'key|LTAI5tEXAMPLE'],
  ['hash:ABCDEF', 'hash|abcdef'],
  ['account:1000000000000001', null],
  ['url:/search', null],
  ['process:bash', null],
])('%s links by %s', (text, key) => {
  expect(singleKey(entity(text))).toBe(key);
});

test('pairs are of what one hit named together', () => {
  expect(pairKeys(['ip:203.0.113.66', 'user:root', 'host:web-01', 'ip:10.0.0.1', 'key:K'].map(entity))).toEqual([
    'userIp|root|203.0.113.66',
    'hostUser|web-01|root',
    'keyIp|K|203.0.113.66',
    'ipHost|203.0.113.66|web-01',
  ]);
});

test('a long value is kept as its hash', () => {
  expect(singleKey(entity(`resource:${'x'.repeat(300)}`))).toMatch(/^resource\|[0-9a-f]{64}$/);
});

test.each([
  ['Alibaba Cloud', 'alibaba'],
  ['Tencent Cloud', 'tencent'],
  ['Huawei Cloud', 'huawei'],
  ['AWS', 'aws'],
  ['Microsoft Azure', 'azure'],
  ['Google Cloud', 'google'],
  ['', 'other'],
  ['On premises', 'other'],
])('%s is %s', (provider, cloud) => {
  expect(cloudOf(provider)).toBe(cloud);
});
