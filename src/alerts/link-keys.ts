import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import type { EntityRole, EntityType } from '../detect/hit.ts';

/** Kinds of single things that alerts are linked by. Never a cloud account, region, country, port, rule, operation or user agent: those join everything. */
export const SINGLE_TYPES = ['key', 'hash', 'user', 'host', 'ip', 'ipInternal', 'domain', 'resource'] as const;
export type SingleType = (typeof SINGLE_TYPES)[number];

/** Two things that one hit named together: they link over a longer time than each alone, and where one of them is a hub. */
export const PAIR_TYPES = ['userIp', 'hostUser', 'keyIp', 'ipResource', 'userResource', 'ipHost'] as const;
export type PairType = (typeof PAIR_TYPES)[number];

export type LinkType = SingleType | PairType;

interface Named {
  readonly type: EntityType;
  readonly value: string;
  readonly role: EntityRole;
}

/** Values that vendors write for nothing. */
const NOTHING = new Set(['', '-', '--', '*', 'unknown', 'n/a', 'na', 'null', 'none', 'undefined', '(null)']);

/** A longer value is kept as its hash: keys are compared only, and stand in an index. */
const MAX_VALUE = 256;

/** `ip|203.0.113.66`; null: nothing that alerts are linked by. */
export function singleKey({ type, value, role }: Named): string | null {
  const text = value.trim();
  if (NOTHING.has(text.toLowerCase())) return null;
  switch (type) {
    case 'ip':
      return ipKey(text);
    case 'user':
    case 'email':
      return key('user', userName(text));
    case 'host':
      // An address in the place of a host name.
      return isIP(text) !== 0 ? ipKey(text) : key('host', text.toLowerCase().replace(/\.$/, ''));
    case 'domain':
      // As a target it is one's own site, which every scanner of the world asks for.
      return role === 'target' ? null : key('domain', text.toLowerCase().replace(/\.$/, ''));
    case 'key':
      return key('key', text);
    case 'hash':
      return key('hash', text.toLowerCase());
    case 'resource':
      return key('resource', text);
    default:
      return null;
  }
}

export function typeOfKey(text: string): LinkType {
  return text.slice(0, text.indexOf('|')) as LinkType;
}

/** The value without its type. */
export function valueOfKey(text: string): string {
  return text.slice(text.indexOf('|') + 1);
}

/** Pairs of what one hit names, in the order of its entities. */
export function pairKeys(entities: readonly Named[]): readonly string[] {
  const of = new Map<LinkType, string[]>();
  for (const entity of entities) {
    const single = singleKey(entity);
    if (single === null) continue;
    const type = typeOfKey(single);
    const own = of.get(type) ?? [];
    if (!own.includes(valueOfKey(single))) of.set(type, [...own, valueOfKey(single)]);
  }
  const pairs: string[] = [];
  const cross = (type: PairType, a: SingleType, b: SingleType): void => {
    for (const one of of.get(a) ?? []) for (const other of of.get(b) ?? []) pairs.push(key(type, `${one}|${other}`));
  };
  cross('userIp', 'user', 'ip');
  cross('hostUser', 'host', 'user');
  cross('keyIp', 'key', 'ip');
  cross('ipResource', 'ip', 'resource');
  cross('userResource', 'user', 'resource');
  cross('ipHost', 'ip', 'host');
  return pairs;
}

function key(type: LinkType, value: string): string {
  return `${type}|${value.length <= MAX_VALUE ? value : createHash('sha256').update(value).digest('hex')}`;
}

/** One person under the name that each log gives: an IAM user's ARN is its name, of an assumed role the role stays and the session goes. */
function userName(text: string): string {
  const arn = /^arn:[^:]*:(?:iam|sts):[^:]*:([^:]*):(user|assumed-role)\/(.+)$/.exec(text);
  if (arn === null) return text.toLowerCase();
  const [, account = '', kind, rest = ''] = arn;
  if (kind === 'user') return (rest.split('/').at(-1) ?? rest).toLowerCase();
  return `${account}:role/${rest.split('/')[0] ?? rest}`.toLowerCase();
}

function ipKey(text: string): string | null {
  const ip = plainIp(text);
  if (ip === null) return null;
  const place = placeOf(ip);
  return place === 'nowhere' ? null : key(place === 'internal' ? 'ipInternal' : 'ip', ip);
}

/** Lower case, IPv4 out of its IPv6 form, without a zone; null: no address. */
function plainIp(text: string): string | null {
  const bare = text.toLowerCase().replace(/%.*$/, '');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  const ip = mapped ?? bare;
  return isIP(ip) === 0 ? null : ip;
}

/** `nowhere`: loopback, link-local, multicast and addresses of nobody, the same on every machine. */
function placeOf(ip: string): 'internal' | 'external' | 'nowhere' {
  if (isIP(ip) === 4) {
    const [a = 0, b = 0] = ip.split('.').map(Number);
    if (a === 0 || a === 127 || a >= 224 || (a === 169 && b === 254)) return 'nowhere';
    const inside = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b < 128);
    return inside ? 'internal' : 'external';
  }
  if (ip === '::' || ip === '::1' || /^fe[89ab]/.test(ip) || ip.startsWith('ff')) return 'nowhere';
  return /^f[cd]/.test(ip) ? 'internal' : 'external';
}
