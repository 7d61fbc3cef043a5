import type { RuleSentence, SigmaExpr } from './ast.ts';
import { invalid, refused } from './refuse.ts';

interface Token {
  readonly text: string;
  readonly at: number;
}

/** What the words of a condition stand for. */
interface Meaning<T> {
  identifier(name: string, at: number): T;
  /** `1 of pat*`, `all of them`; null: not available here. */
  selector: ((quantifier: 'any' | 'all', pattern: string, at: number) => T) | null;
  and(of: readonly T[]): T;
  or(of: readonly T[]): T;
  not(of: T): T;
}

/**
 * A detection's condition over its search identifiers. Precedence from loose to tight: or, and, not, `x of`, parentheses.
 * `them` and patterns skip identifiers that start with `_`, unless the pattern itself does.
 * @throws rule.invalid with the place in the text; rule.refused for the pipe aggregations of Sigma 1
 */
export function parseCondition(condition: string, identifiers: ReadonlyMap<string, SigmaExpr>, path: string): SigmaExpr {
  if (/\|/.test(condition)) {
    throw refused(
      path,
      'legacy_aggregation',
      `condition ${JSON.stringify(condition)} has a pipe aggregation of Sigma 1: write a correlation document`,
    );
  }
  return parse(condition, path, {
    identifier(name, at) {
      const found = identifiers.get(name);
      if (found === undefined) {
        throw invalid(path, `condition names ${JSON.stringify(name)} at ${at}, which is not one of ${[...identifiers.keys()].join(', ')}`);
      }
      return found;
    },
    selector(quantifier, pattern) {
      const names = [...identifiers.keys()].filter((name) => selects(pattern, name));
      const of = names.map((name) => identifiers.get(name) as SigmaExpr);
      // A selector that selects nothing is false, so that `selection and not 1 of filter_*` without filters is the selection, and nothing ever gets looser.
      if (of.length === 0) return { kind: 'const', value: false };
      return quantifier === 'any' ? { kind: 'or', of } : { kind: 'and', of };
    },
    and: (of) => ({ kind: 'and', of }),
    or: (of) => ({ kind: 'or', of }),
    not: (of) => ({ kind: 'not', of }),
  });
}

/** The extended condition of a temporal correlation: a boolean sentence over rule names. */
export function parseRuleSentence(condition: string, path: string): RuleSentence {
  return parse<RuleSentence>(condition, path, {
    identifier: (name) => ({ kind: 'rule', name }),
    selector: null,
    and: (of) => ({ kind: 'and', of }),
    or: (of) => ({ kind: 'or', of }),
    not: (of) => ({ kind: 'not', of }),
  });
}

function selects(pattern: string, name: string): boolean {
  if (pattern === 'them') return !name.startsWith('_');
  if (name.startsWith('_') && !pattern.startsWith('_')) return false;
  const regex = new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );
  return regex.test(name);
}

function tokenize(text: string, path: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:([()])|([^\s()]+))/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const word = (match[1] ?? match[2]) as string;
    tokens.push({ text: word, at: match.index + match[0].length - word.length });
  }
  if (tokens.length === 0) throw invalid(path, 'condition is empty');
  return tokens;
}

function parse<T>(text: string, path: string, meaning: Meaning<T>): T {
  const tokens = tokenize(text, path);
  let next = 0;
  const peek = (): string => tokens[next]?.text ?? '';
  const word = (): string => peek().toLowerCase();
  const here = (): number => tokens[next]?.at ?? text.length;
  const fail = (what: string): never => {
    throw invalid(path, `condition ${JSON.stringify(text)} at ${here()}: ${what}`);
  };

  const or = (depth: number): T => {
    const of = [and(depth)];
    while (word() === 'or') {
      next++;
      of.push(and(depth));
    }
    return of.length === 1 ? (of[0] as T) : meaning.or(of);
  };
  const and = (depth: number): T => {
    const of = [not(depth)];
    while (word() === 'and') {
      next++;
      of.push(not(depth));
    }
    return of.length === 1 ? (of[0] as T) : meaning.and(of);
  };
  const not = (depth: number): T => {
    let odd = false;
    while (word() === 'not') {
      next++;
      odd = !odd;
    }
    const inner = primary(depth);
    return odd ? meaning.not(inner) : inner;
  };
  const primary = (depth: number): T => {
    // Parentheses nest by recursion; a hostile rule must not end in a stack overflow.
    if (depth > 200) fail('more than 200 nested parentheses');
    const token = peek();
    if (token === '(') {
      next++;
      const inner = or(depth + 1);
      if (peek() !== ')') fail(`expected ), found ${JSON.stringify(peek())}`);
      next++;
      return inner;
    }
    if (token === '' || token === ')' || ['and', 'or'].includes(word())) fail(`expected an identifier, found ${JSON.stringify(token)}`);
    if (tokens[next + 1]?.text.toLowerCase() === 'of') {
      if (meaning.selector === null) return fail('a quantifier is not available over rules');
      const quantifier = word();
      if (quantifier !== '1' && quantifier !== 'any' && quantifier !== 'all')
        fail(`expected 1, any or all before of, found ${JSON.stringify(token)}`);
      next += 2;
      const pattern = peek();
      if (pattern === '' || pattern === '(' || pattern === ')') fail('expected them or a pattern after of');
      const at = here();
      next++;
      return meaning.selector(quantifier === 'all' ? 'all' : 'any', pattern, at);
    }
    const at = here();
    next++;
    return meaning.identifier(token, at);
  };

  const parsed = or(0);
  if (next < tokens.length) fail(`unexpected ${JSON.stringify(peek())}`);
  return parsed;
}
