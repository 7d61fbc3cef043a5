import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { SluiceError } from '../core/errors.ts';
import type { AccessFacts } from './access.ts';

/** A list, or one value standing for a list of one, as policy documents write it. */
const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]).transform((v) => (typeof v === 'string' ? [v] : v));

const CONDITIONS = ['IpAddress', 'NotIpAddress', 'Bool', 'StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'] as const;
const CONDITION_KEYS = ['acs:SourceIp', 'acs:SecureTransport'] as const;

const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
  /** Only in policies of a project: whom it is about. Absent: everyone. */
  Principal: z.union([oneOrMore, z.strictObject({ RAM: oneOrMore }).transform((p) => p.RAM)]).optional(),
  Condition: z.partialRecord(z.enum(CONDITIONS), z.partialRecord(z.enum(CONDITION_KEYS), oneOrMore)).optional(),
});

const documentSchema = z.strictObject({ Version: z.literal('1'), Statement: z.array(statement).min(1).max(100) });

interface Rule {
  readonly deny: boolean;
  readonly actions: readonly Matcher[];
  readonly resources: readonly Matcher[];
  /** Null: everyone. */
  readonly principals: readonly Matcher[] | null;
  readonly conditions: readonly ((facts: AccessFacts) => boolean)[];
}

export type PolicyVerdict = 'allow' | 'deny' | 'silent';

/** A RAM policy document, compiled. Wildcards: `*` any characters, `?` one. Actions ignore case. */
export class Policy {
  readonly #rules: readonly Rule[];

  private constructor(rules: readonly Rule[]) {
    this.#rules = rules;
  }

  /**
   * @param text `{"Version":"1","Statement":[{"Effect","Action","Resource","Condition"?,"Principal"?}]}`; resources as `acs:log:<region>:<account>:project/…` or `*`
   * @throws request.invalid with details.problems; a condition we cannot evaluate is refused, never ignored
   */
  static parse(text: string, name: string): Policy {
    const refused = (problems: readonly string[]): SluiceError =>
      new SluiceError('request.invalid', `policy ${name} is invalid: ${problems.join('; ')}`, { resource: 'policy', name, problems });
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (thrown) {
      throw refused([thrown instanceof Error ? thrown.message : 'not JSON']);
    }
    const parsed = documentSchema.safeParse(value);
    if (!parsed.success) throw refused(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
    return new Policy(
      parsed.data.Statement.map((s): Rule => {
        const conditions: ((facts: AccessFacts) => boolean)[] = [];
        for (const [operator, keys] of Object.entries(s.Condition ?? {}))
          for (const [key, values] of Object.entries(keys)) conditions.push(condition(operator, key, values, refused));
        return {
          deny: s.Effect === 'Deny',
          actions: s.Action.map((a) => wildcard(a, true)),
          resources: s.Resource.map((r) => wildcard(withoutAccount(r, refused))),
          principals: s.Principal?.map((p) => wildcard(p.replace(/^acs:ram::[^:]*:(user|role)\//, ''))) ?? null,
          conditions,
        };
      }),
    );
  }

  /**
   * What the document says; a deny wins over any allow.
   * @param who user name of the caller, for statements with a Principal; null: unsigned
   */
  verdict(action: string, resource: string, facts: AccessFacts, who: string | null): PolicyVerdict {
    let allow = false;
    for (const rule of this.#rules) {
      if (rule.deny || !allow) {
        if (!rule.actions.some((r) => r.test(action)) || !rule.resources.some((r) => r.test(resource))) continue;
        if (rule.principals !== null && !rule.principals.some((r) => r.test(who ?? ''))) continue;
        if (!rule.conditions.every((holds) => holds(facts))) continue;
        if (rule.deny) return 'deny';
        allow = true;
      }
    }
    return allow ? 'allow' : 'silent';
  }
}

/** Says whether a text fits. */
interface Matcher {
  test(text: string): boolean;
}

/**
 * `*` any characters, `?` one. Not a regular expression: that tries every way to share the text among the stars, and a pattern of a dozen would stop the server.
 * Here a later star takes over from an earlier one, so the work is at most pattern times text.
 */
function wildcard(pattern: string, ignoreCase = false): Matcher {
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const wanted = fold(pattern);
  return {
    test(given) {
      const text = fold(given);
      let at = 0;
      let p = 0;
      let star = -1;
      let from = 0;
      while (at < text.length) {
        const char = wanted[p];
        if (char === '*') {
          star = p++;
          from = at;
        } else if (char !== undefined && (char === '?' || char === text[at])) {
          p++;
          at++;
        } else if (star >= 0) {
          p = star + 1;
          at = ++from;
        } else return false;
      }
      while (wanted[p] === '*') p++;
      return p === wanted.length;
    },
  };
}

/** `acs:log:*:*:project/p` → `project/p`: one installation is one account and one region. */
function withoutAccount(resource: string, refused: (problems: readonly string[]) => SluiceError): string {
  if (resource === '*') return '*';
  const match = /^acs:(?:log|\*):[^:]*:[^:]*:(.+)$/s.exec(resource);
  if (match?.[1] === undefined) throw refused([`resource ${resource}: expected * or acs:log:<region>:<account>:<path>`]);
  return match[1];
}

function condition(
  operator: string,
  key: string,
  values: readonly string[],
  refused: (problems: readonly string[]) => SluiceError,
): (facts: AccessFacts) => boolean {
  const fact = (facts: AccessFacts): string => (key === 'acs:SecureTransport' ? String(facts.secure) : facts.clientIp);
  const negative = operator.includes('Not');
  if (operator === 'Bool') return (facts) => values.some((v) => v.toLowerCase() === fact(facts));
  if (operator === 'IpAddress' || operator === 'NotIpAddress') {
    const list = new BlockList();
    for (const value of values) {
      const [address = '', prefix] = value.split('/');
      const family = isIP(address);
      const bits = prefix === undefined ? (family === 6 ? 128 : 32) : Number(prefix);
      if (family === 0 || key !== 'acs:SourceIp' || !Number.isInteger(bits) || bits < 0 || bits > (family === 6 ? 128 : 32))
        throw refused([`condition ${operator} ${key} ${value}: expected an address or a network for acs:SourceIp`]);
      list.addSubnet(address, bits, family === 6 ? 'ipv6' : 'ipv4');
    }
    return (facts) => {
      const address = facts.clientIp.replace(/^::ffff:/, '');
      const family = isIP(address);
      return (family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4')) !== negative;
    };
  }
  const patterns = values.map((v) => (operator.endsWith('Like') ? wildcard(v) : wildcardFree(v)));
  return (facts) => patterns.some((p) => p.test(fact(facts))) !== negative;
}

function wildcardFree(text: string): Matcher {
  return { test: (given) => given === text };
}
