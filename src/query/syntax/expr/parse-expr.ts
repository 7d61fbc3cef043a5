import type { BinaryOp, CompareOp, Expr, FrameBound, WindowSpec } from '../../ast/expr.ts';
import type { Ident } from '../../ast/span.ts';
import type { SelectQuery, SortItem } from '../../ast/sql.ts';
import { queryError } from '../query-error.ts';
import type { TokenStream } from '../token-stream.ts';
import { parseType } from './parse-type.ts';
import { RESERVED } from './reserved.ts';

/** What differs between the languages that share expressions. */
export interface ExprGrammar {
  /** Reads a query inside parentheses (SQL); null: the language has no subqueries (SPL). */
  readonly query: ((s: TokenStream) => SelectQuery) | null;
}

const COMPARE: Readonly<Record<string, CompareOp>> = { '=': '=', '<>': '<>', '!=': '<>', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };
const TYPED = new Set([
  'date',
  'timestamp',
  'time',
  'decimal',
  'json',
  'real',
  'double',
  'bigint',
  'char',
  'varchar',
  'ipaddress',
  'boolean',
]);
const CURRENT = new Set(['current_date', 'current_time', 'current_timestamp', 'localtime', 'localtimestamp']);

/** One expression. Precedence, low to high: or, and, not, comparison/in/like/between/is, `||`, + -, * / %, unary sign, postfix, at time zone. */
export function parseExpr(s: TokenStream, g: ExprGrammar): Expr {
  return s.nested(() => binary(s, g, ['or'], () => binary(s, g, ['and'], () => parseNot(s, g))));
}

function binary(s: TokenStream, _g: ExprGrammar, words: readonly string[], operand: () => Expr): Expr {
  const from = s.peek.span.from;
  let left = operand();
  while (words.includes(s.peek.word)) {
    const op = s.next().word as BinaryOp;
    const right = operand();
    left = { k: 'op', op, left, right, span: s.span(from) };
  }
  return left;
}

function parseNot(s: TokenStream, g: ExprGrammar): Expr {
  const from = s.peek.span.from;
  if (!s.take('not')) return predicate(s, g);
  const of = s.nested(() => parseNot(s, g));
  return { k: 'unary', op: 'not', of, span: s.span(from) };
}

function predicate(s: TokenStream, g: ExprGrammar): Expr {
  const from = s.peek.span.from;
  let left = concat(s, g);
  for (;;) {
    const compare = s.peek.kind === 'op' ? COMPARE[s.peek.word] : undefined;
    if (compare !== undefined) {
      s.next();
      if (g.query !== null && (s.is('all', '(') || s.is('any', '(') || s.is('some', '('))) {
        const every = s.next().word === 'all';
        s.expect('(');
        const query = g.query(s);
        s.expect(')');
        left = { k: 'quantified', op: compare, left, every, query, span: s.span(from) };
        continue;
      }
      const right = concat(s, g);
      left = { k: 'op', op: compare, left, right, span: s.span(from) };
      continue;
    }
    if (s.take('is')) {
      const not = s.take('not');
      if (s.take('null')) left = { k: 'isNull', of: left, not, span: s.span(from) };
      else if (s.take('distinct', 'from')) left = { k: 'distinctFrom', left, right: concat(s, g), not, span: s.span(from) };
      else throw s.unexpected("'null' or 'distinct from'");
      continue;
    }
    const position = s.position;
    const not = s.take('not');
    if (s.take('between')) {
      const low = concat(s, g);
      s.expect('and');
      const high = concat(s, g);
      left = { k: 'between', of: left, low, high, not, span: s.span(from) };
    } else if (s.take('in')) {
      s.expect('(');
      if (g.query !== null && startsQuery(s)) {
        const query = g.query(s);
        s.expect(')');
        left = { k: 'inQuery', of: left, query, not, span: s.span(from) };
      } else {
        const list = parseList(s, g);
        s.expect(')');
        left = { k: 'in', of: left, list, not, span: s.span(from) };
      }
    } else if (s.take('like')) {
      const pattern = concat(s, g);
      const escape = s.take('escape') ? concat(s, g) : null;
      left = { k: 'like', of: left, pattern, escape, not, span: s.span(from) };
    } else {
      s.reset(position);
      return left;
    }
  }
}

const concat = (s: TokenStream, g: ExprGrammar): Expr => binary(s, g, ['||'], () => sum(s, g));
const sum = (s: TokenStream, g: ExprGrammar): Expr => binary(s, g, ['+', '-'], () => product(s, g));
const product = (s: TokenStream, g: ExprGrammar): Expr => binary(s, g, ['*', '/', '%'], () => unary(s, g));

function unary(s: TokenStream, g: ExprGrammar): Expr {
  const { word, span } = s.peek;
  if (word === '-' || word === '+') {
    s.next();
    if (word === '-' && s.peek.kind === 'int' && s.peek.text === '9223372036854775808') {
      s.next();
      return postfix(s, g, { k: 'int', value: -9223372036854775808n, span: s.span(span.from) });
    }
    const of = s.nested(() => unary(s, g));
    return { k: 'unary', op: word, of, span: s.span(span.from) };
  }
  return postfix(s, g, primary(s, g));
}

function postfix(s: TokenStream, g: ExprGrammar, of: Expr): Expr {
  let left = of;
  const from = of.span.from;
  for (;;) {
    if (s.take('[')) {
      const index = parseExpr(s, g);
      s.expect(']');
      left = { k: 'subscript', of: left, index, span: s.span(from) };
    } else if (s.is('.') && left.k !== 'name') {
      s.next();
      left = { k: 'field', of: left, name: s.ident('field name'), span: s.span(from) };
    } else if (s.take('at', 'time', 'zone')) {
      left = { k: 'atTimeZone', of: left, zone: primary(s, g), span: s.span(from) };
    } else return left;
  }
}

/** True when what stands inside the parenthesis just read is a query. */
export function startsQuery(s: TokenStream): boolean {
  let n = 0;
  while (s.ahead(n).word === '(') n++;
  const word = s.ahead(n).word;
  return word === 'select' || word === 'with' || word === 'values';
}

export function parseList(s: TokenStream, g: ExprGrammar): Expr[] {
  const list = [parseExpr(s, g)];
  while (s.take(',')) list.push(parseExpr(s, g));
  return list;
}

function primary(s: TokenStream, g: ExprGrammar): Expr {
  const token = s.peek;
  const from = token.span.from;
  switch (token.kind) {
    case 'int': {
      s.next();
      const value = BigInt(token.text);
      if (value > 9223372036854775807n)
        throw queryError('query.syntax', s.text, token.span, `invalid numeric literal: ${token.text}`, {
          expected: 'at most 9223372036854775807',
        });
      return { k: 'int', value, span: token.span };
    }
    case 'float':
      s.next();
      return { k: 'float', text: token.text, span: token.span };
    case 'string':
      s.next();
      return { k: 'string', value: token.text, span: token.span };
    case 'binary':
      s.next();
      return { k: 'binary', hex: token.text, span: token.span };
    case 'quoted':
    case 'ident':
      return word(s, g);
    case 'op':
      if (token.word === '(') return parenthesis(s, g);
      if (token.word === '$' && g.query === null && s.ahead(1).kind === 'ident') {
        // A field of another dataset: `$name.field`.
        s.next();
        return word(s, g);
      }
      throw s.unexpected('an expression');
    default:
      s.next();
      throw s.unexpected(`an expression after position ${from}`);
  }
}

function parenthesis(s: TokenStream, g: ExprGrammar): Expr {
  const from = s.next().span.from;
  const params = lambdaParams(s);
  if (params !== null) {
    const body = parseExpr(s, g);
    return { k: 'lambda', params, body, span: s.span(from) };
  }
  if (g.query !== null && startsQuery(s)) {
    const query = g.query(s);
    s.expect(')');
    return { k: 'subquery', query, span: s.span(from) };
  }
  const items = parseList(s, g);
  s.expect(')');
  return items.length === 1 ? items[0]! : { k: 'row', items, span: s.span(from) };
}

/** `a, b) ->` after the parenthesis; null and nothing read when it is no lambda. */
function lambdaParams(s: TokenStream): Ident[] | null {
  const position = s.position;
  const params: Ident[] = [];
  if (s.peek.word !== ')') {
    do {
      if (s.peek.kind !== 'ident' && s.peek.kind !== 'quoted') {
        s.reset(position);
        return null;
      }
      const { text, kind, span } = s.next();
      params.push({ name: text, quoted: kind === 'quoted', span });
    } while (s.take(','));
  }
  if (s.take(')', '->')) return params;
  s.reset(position);
  return null;
}

function word(s: TokenStream, g: ExprGrammar): Expr {
  const token = s.peek;
  const from = token.span.from;
  const after = s.ahead(1);
  if (token.kind === 'ident') {
    switch (token.word) {
      case 'null':
        s.next();
        return { k: 'null', span: token.span };
      case 'true':
      case 'false':
        s.next();
        return { k: 'bool', value: token.word === 'true', span: token.span };
      case 'case':
        return parseCase(s, g);
      case 'cast':
      case 'try_cast':
        if (after.word === '(') {
          s.next();
          s.next();
          const of = parseExpr(s, g);
          s.expect('as');
          const type = parseType(s);
          s.expect(')');
          return { k: 'cast', of, type, try: token.word === 'try_cast', span: s.span(from) };
        }
        break;
      case 'array':
        if (after.word === '[') {
          s.next();
          s.next();
          const items = s.is(']') ? [] : parseList(s, g);
          s.expect(']');
          return { k: 'array', items, span: s.span(from) };
        }
        break;
      case 'row':
        if (after.word === '(') {
          s.next();
          s.next();
          const items = parseList(s, g);
          s.expect(')');
          return { k: 'row', items, span: s.span(from) };
        }
        break;
      case 'exists':
        if (after.word === '(' && g.query !== null) {
          s.next();
          s.next();
          const query = g.query(s);
          s.expect(')');
          return { k: 'exists', query, span: s.span(from) };
        }
        break;
      case 'extract':
        if (after.word === '(') {
          s.next();
          s.next();
          const field = s.ident('a field such as year').name.toLowerCase();
          s.expect('from');
          const of = parseExpr(s, g);
          s.expect(')');
          return { k: 'extract', field, of, span: s.span(from) };
        }
        break;
      case 'interval':
        if (after.kind === 'string' || ((after.word === '-' || after.word === '+') && s.ahead(2).kind === 'string')) return interval(s);
        break;
      case 'substring':
      case 'position':
        if (after.word === '(') {
          const special = fromForm(s, g);
          if (special !== null) return special;
        }
        break;
      case 'normalize':
      case 'grouping':
        if (after.word === '(') return callOf(s, g);
        break;
      default:
        if (CURRENT.has(token.word)) {
          s.next();
          return { k: 'current', name: token.word as 'current_date', span: token.span };
        }
        if (TYPED.has(token.word) && after.kind === 'string') {
          s.next();
          s.next();
          return { k: 'typed', type: token.word, value: after.text, span: s.span(from) };
        }
    }
    if (after.word === '->') {
      s.next();
      s.next();
      const body = parseExpr(s, g);
      return { k: 'lambda', params: [{ name: token.text, quoted: false, span: token.span }], body, span: s.span(from) };
    }
  } else if (after.word === '->') {
    s.next();
    s.next();
    const body = parseExpr(s, g);
    return { k: 'lambda', params: [{ name: token.text, quoted: true, span: token.span }], body, span: s.span(from) };
  }
  if (after.word === '(' && !(token.kind === 'ident' && RESERVED.has(token.word) && token.word !== 'left' && token.word !== 'right'))
    return callOf(s, g);
  const parts = [s.ident('an expression', RESERVED)];
  while (s.is('.') && (s.ahead(1).kind === 'ident' || s.ahead(1).kind === 'quoted')) {
    s.next();
    parts.push(s.ident('a name'));
  }
  return { k: 'name', parts, span: s.span(from) };
}

function parseCase(s: TokenStream, g: ExprGrammar): Expr {
  const from = s.next().span.from;
  const of = s.is('when') ? null : parseExpr(s, g);
  const whens: { when: Expr; result: Expr }[] = [];
  while (s.take('when')) {
    const when = parseExpr(s, g);
    s.expect('then');
    whens.push({ when, result: parseExpr(s, g) });
  }
  if (whens.length === 0) throw s.unexpected("'when'");
  const otherwise = s.take('else') ? parseExpr(s, g) : null;
  s.expect('end');
  return { k: 'case', of, whens, otherwise, span: s.span(from) };
}

const UNITS = new Set(['year', 'month', 'day', 'hour', 'minute', 'second']);

function interval(s: TokenStream): Expr {
  const from = s.next().span.from;
  const negative = s.is('-');
  if (negative || s.is('+')) s.next();
  const value = s.next().text;
  const unit = (): string => {
    if (!UNITS.has(s.peek.word)) throw s.unexpected('year, month, day, hour, minute or second');
    return s.next().word;
  };
  const first = unit();
  const to = s.take('to') ? unit() : null;
  return { k: 'interval', negative, value, from: first, to, span: s.span(from) };
}

/** `substring(x from a for b)`, `position(a in b)`: read as calls of substr and strpos. Null and nothing read when written as a plain call. */
function fromForm(s: TokenStream, g: ExprGrammar): Expr | null {
  const position = s.position;
  const name = s.next();
  s.next();
  const of = concat(s, g);
  const ident = (text: string): Ident => ({ name: text, quoted: false, span: name.span });
  const plain = { star: false, distinct: false, order: [], filter: null, over: null };
  if (name.word === 'position' && s.take('in')) {
    const text = concat(s, g);
    s.expect(')');
    return { k: 'call', name: ident('strpos'), args: [text, of], ...plain, span: s.span(name.span.from) };
  }
  if (name.word === 'substring' && s.take('from')) {
    const args = [of, parseExpr(s, g)];
    if (s.take('for')) args.push(parseExpr(s, g));
    s.expect(')');
    return { k: 'call', name: ident('substr'), args, ...plain, span: s.span(name.span.from) };
  }
  s.reset(position);
  return null;
}

function callOf(s: TokenStream, g: ExprGrammar): Expr {
  const from = s.peek.span.from;
  const { text, kind, span } = s.next();
  const name: Ident = { name: text, quoted: kind === 'quoted', span };
  s.expect('(');
  let star = false;
  let distinct = false;
  let args: Expr[] = [];
  let order: SortItem[] = [];
  if (s.is('*', ')')) {
    s.next();
    star = true;
  } else if (!s.is(')')) {
    distinct = s.take('distinct');
    if (!distinct && s.is('all') && s.ahead(1).word !== ')') s.next();
    args = parseList(s, g);
    if (s.take('order', 'by')) order = parseSort(s, g);
  }
  s.expect(')');
  let filter: Expr | null = null;
  if (s.take('filter', '(')) {
    s.expect('where');
    filter = parseExpr(s, g);
    s.expect(')');
  }
  const over = s.is('over', '(') ? window(s, g) : null;
  return { k: 'call', name, args, star, distinct, order, filter, over, span: s.span(from) };
}

export function parseSort(s: TokenStream, g: ExprGrammar): SortItem[] {
  const items: SortItem[] = [];
  do {
    const by = parseExpr(s, g);
    const desc = s.take('desc');
    if (!desc) s.take('asc');
    const nulls = s.take('nulls', 'first') ? 'first' : s.take('nulls', 'last') ? 'last' : null;
    items.push({ by, desc, nulls });
  } while (s.take(','));
  return items;
}

function window(s: TokenStream, g: ExprGrammar): WindowSpec {
  s.next();
  s.next();
  const partition = s.take('partition', 'by') ? parseList(s, g) : [];
  const order = s.take('order', 'by') ? parseSort(s, g) : [];
  let frame: WindowSpec['frame'] = null;
  if (s.is('rows') || s.is('range')) {
    const unit = s.next().word as 'rows' | 'range';
    if (s.take('between')) {
      const start = bound(s, g);
      s.expect('and');
      frame = { unit, start, end: bound(s, g) };
    } else frame = { unit, start: bound(s, g), end: null };
  }
  s.expect(')');
  return { partition, order, frame };
}

function bound(s: TokenStream, g: ExprGrammar): FrameBound {
  if (s.take('unbounded', 'preceding')) return { k: 'unbounded preceding', offset: null };
  if (s.take('unbounded', 'following')) return { k: 'unbounded following', offset: null };
  if (s.take('current', 'row')) return { k: 'current row', offset: null };
  const offset = concat(s, g);
  if (s.take('preceding')) return { k: 'preceding', offset };
  s.expect('following');
  return { k: 'following', offset };
}
