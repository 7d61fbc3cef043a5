import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Policy, type PolicyVerdict } from './policy.ts';

const FACTS = { clientIp: '10.1.2.3', secure: false };
const policy = (...statements: object[]) => Policy.parse(JSON.stringify({ Version: '1', Statement: statements }), 'test');
const allow = (more: object = {}) => ({ Effect: 'Allow', Action: 'log:Get*', Resource: 'acs:log:*:*:project/p/*', ...more });
const ask = (
  p: Policy,
  action = 'log:GetLogStore',
  resource = 'project/p/logstore/l',
  facts = FACTS,
  who: string | null = 'ann',
): PolicyVerdict => p.verdict(action, resource, facts, who);

describe('policy documents', () => {
  it('allow what they name, ignore the case of actions, and are silent about the rest', () => {
    const p = policy(allow());
    expect(ask(p)).toBe('allow');
    expect(ask(p, 'LOG:getlogstore')).toBe('allow');
    expect(ask(p, 'log:DeleteLogStore')).toBe('silent');
    expect(ask(p, 'log:GetLogStore', 'project/p2/logstore/l')).toBe('silent');
    expect(ask(p, 'log:GetLogStore', 'PROJECT/P/logstore/l')).toBe('silent');
    expect(ask(policy(allow({ Action: ['log:?etLogStore'], Resource: '*' })))).toBe('allow');
  });

  it('let a deny win, wherever it stands', () => {
    const deny = { Effect: 'Deny', Action: '*', Resource: '*/logstore/secret*' };
    for (const p of [
      policy(allow(), { ...deny, Resource: 'acs:log:*:*:*/logstore/secret*' }),
      policy({ ...deny, Resource: 'acs:log:*:*:*/logstore/secret*' }, allow()),
    ]) {
      expect(ask(p, 'log:GetLogStore', 'project/p/logstore/secret-1')).toBe('deny');
      expect(ask(p)).toBe('allow');
    }
  });

  it('treat text that looks like a pattern as text', () => {
    const p = policy(allow({ Resource: 'acs:log:*:*:project/a.b(c)+/*' }));
    expect(ask(p, 'log:GetLogStore', 'project/a.b(c)+/x')).toBe('allow');
    expect(ask(p, 'log:GetLogStore', 'project/axb(c)+/x')).toBe('silent');
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((s) => !/[*?]/.test(s)),
        (name) => {
          const exact = policy(allow({ Resource: `acs:log:*:*:project/${name}` }));
          expect(ask(exact, 'log:GetLogStore', `project/${name}`)).toBe('allow');
          expect(ask(exact, 'log:GetLogStore', `project/${name}x`)).toBe('silent');
        },
      ),
    );
  });

  it('do not take long over a pattern made of stars', () => {
    const p = policy(allow({ Resource: `acs:log:*:*:${'*a'.repeat(12)}${'*'.repeat(500)}b` }));
    expect(ask(p, 'log:GetLogStore', `${'a'.repeat(60)}c`)).toBe('silent');
  });

  it('hold to conditions on address and transport', () => {
    const p = policy(
      allow({ Condition: { IpAddress: { 'acs:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] }, Bool: { 'acs:SecureTransport': 'true' } } }),
    );
    expect(ask(p, undefined, undefined, { clientIp: '10.9.9.9', secure: true })).toBe('allow');
    expect(ask(p, undefined, undefined, { clientIp: '::ffff:10.9.9.9', secure: true })).toBe('allow');
    expect(ask(p, undefined, undefined, { clientIp: '2001:db8::1', secure: true })).toBe('allow');
    expect(ask(p, undefined, undefined, { clientIp: '11.0.0.1', secure: true })).toBe('silent');
    expect(ask(p, undefined, undefined, { clientIp: '10.9.9.9', secure: false })).toBe('silent');
    expect(ask(p, undefined, undefined, { clientIp: 'not an address', secure: true })).toBe('silent');
    const outside = policy({ Effect: 'Deny', Action: '*', Resource: '*', Condition: { NotIpAddress: { 'acs:SourceIp': '10.0.0.0/8' } } });
    expect(ask(outside)).toBe('silent');
    expect(ask(outside, undefined, undefined, { clientIp: '11.0.0.1', secure: true })).toBe('deny');
    const like = policy(
      allow({ Condition: { StringLike: { 'acs:SourceIp': '10.1.*' }, StringNotEquals: { 'acs:SourceIp': '10.1.9.9' } } }),
    );
    expect(ask(like)).toBe('allow');
    expect(ask(like, undefined, undefined, { clientIp: '10.1.9.9', secure: false })).toBe('silent');
  });

  it('of a project may name whom they are about', () => {
    const p = policy(allow({ Principal: { RAM: ['acs:ram::123:user/ann', 'bob'] } }));
    expect(ask(p)).toBe('allow');
    expect(ask(p, undefined, undefined, FACTS, 'bob')).toBe('allow');
    expect(ask(p, undefined, undefined, FACTS, 'eve')).toBe('silent');
    expect(ask(p, undefined, undefined, FACTS, null)).toBe('silent');
  });

  it.each([
    ['not JSON', '{'],
    ['another version', JSON.stringify({ Version: '2', Statement: [allow()] })],
    ['no statement', JSON.stringify({ Version: '1', Statement: [] })],
    ['an unknown member', JSON.stringify({ Version: '1', Statement: [allow({ NotAction: '*' })] })],
    [
      'an unknown condition',
      JSON.stringify({ Version: '1', Statement: [allow({ Condition: { DateLessThan: { 'acs:CurrentTime': 'x' } } })] }),
    ],
    [
      'an unknown condition key',
      JSON.stringify({ Version: '1', Statement: [allow({ Condition: { StringEquals: { 'acs:Other': 'x' } } })] }),
    ],
    ['no network', JSON.stringify({ Version: '1', Statement: [allow({ Condition: { IpAddress: { 'acs:SourceIp': '10.0.0.0/33' } } })] })],
    ['a resource of another service', JSON.stringify({ Version: '1', Statement: [allow({ Resource: 'acs:oss:*:*:bucket' })] })],
  ])('are refused whole: %s', (_, text) => {
    expect(() => Policy.parse(text, 'bad')).toThrow(expect.objectContaining({ code: 'request.invalid' }));
  });
});
