import type { Expr } from '../../ast/expr.ts';
import type { Ident } from '../../ast/span.ts';
import type { GroupItem, QueryBody, Relation, SelectItem, SelectQuery } from '../../ast/sql.ts';
import { parseExpr, parseList, parseSort, startsQuery, type ExprGrammar } from '../expr/parse-expr.ts';
import { RESERVED } from '../expr/reserved.ts';
import { queryError } from '../query-error.ts';
import { TokenStream } from '../token-stream.ts';

const GRAMMAR: ExprGrammar = { query: (s) => parseQuery(s) };
/** Words that end a relation or select item and so are no alias. */
const NO_ALIAS: ReadonlySet<string> = new Set([...RESERVED, 'limit', 'offset', 'tablesample', 'window', 'fetch']);

/** SQL after the pipe: the whole of `text` from `from` on. @throws query.syntax query.refused */
export function parseSql(text: string, from = 0): SelectQuery {
  const s = new TokenStream(text, from);
  const first = s.peek;
  if (['insert', 'delete', 'update', 'create', 'drop', 'alter', 'show', 'explain', 'call'].includes(first.word)) {
    throw queryError('query.refused', text, first.span, `statement '${first.text}' is not available, only queries are`, {
      reason: 'only select',
    });
  }
  const query = parseQuery(s);
  s.take(';');
  s.end();
  return query;
}

/** `select …`, `with …`, a set operation or parenthesised query, with its ORDER BY and LIMIT. */
export function parseQuery(s: TokenStream): SelectQuery {
  return s.nested(() => {
    const from = s.peek.span.from;
    const ctes: SelectQuery['with'][number][] = [];
    if (s.take('with')) {
      if (s.is('recursive'))
        throw queryError('query.refused', s.text, s.peek.span, 'recursive queries are not available', { reason: 'recursive' });
      do {
        const name = s.ident('a name', RESERVED);
        const columns = s.is('(') ? identList(s) : [];
        s.expect('as');
        s.expect('(');
        const query = parseQuery(s);
        s.expect(')');
        ctes.push({ name, columns, query });
      } while (s.take(','));
    }
    const body = setOps(s);
    const order = s.take('order', 'by') ? parseSort(s, GRAMMAR) : [];
    let limit: bigint | null = null;
    let offset: bigint | null = null;
    if (s.is('offset'))
      throw queryError('query.refused', s.text, s.peek.span, 'offset is not available, write limit offset, count', { reason: 'offset' });
    if (s.take('limit')) {
      if (!s.take('all')) {
        limit = count(s);
        if (s.take(',')) {
          offset = limit;
          limit = count(s);
        }
      }
      if (s.is('offset'))
        throw queryError('query.refused', s.text, s.peek.span, 'limit … offset is not available, write limit offset, count', {
          reason: 'offset',
        });
    }
    return { with: ctes, body, order, limit, offset, span: s.span(from) };
  });
}

function count(s: TokenStream): bigint {
  if (s.peek.kind !== 'int') throw s.unexpected('a number of rows');
  return BigInt(s.next().text);
}

function setOps(s: TokenStream): QueryBody {
  const from = s.peek.span.from;
  let left = intersect(s);
  while (s.is('union') || s.is('except')) {
    const op = s.next().word as 'union' | 'except';
    const all = s.take('all');
    if (!all) s.take('distinct');
    left = { k: 'set', op, all, left, right: intersect(s), span: s.span(from) };
  }
  return left;
}

function intersect(s: TokenStream): QueryBody {
  const from = s.peek.span.from;
  let left = term(s);
  while (s.take('intersect')) {
    const all = s.take('all');
    if (!all) s.take('distinct');
    left = { k: 'set', op: 'intersect', all, left, right: term(s), span: s.span(from) };
  }
  return left;
}

function term(s: TokenStream): QueryBody {
  const from = s.peek.span.from;
  if (s.take('(')) {
    const query = parseQuery(s);
    s.expect(')');
    return { k: 'nested', query, span: s.span(from) };
  }
  if (s.take('values')) {
    const rows = parseList(s, GRAMMAR);
    return { k: 'values', rows, span: s.span(from) };
  }
  s.expect('select');
  const distinct = s.take('distinct');
  if (!distinct && s.is('all') && s.ahead(1).word !== ',') s.take('all');
  const items = [selectItem(s)];
  while (s.take(',')) items.push(selectItem(s));
  const relation = s.take('from') ? relations(s) : null;
  const where = s.take('where') ? parseExpr(s, GRAMMAR) : null;
  const group = s.take('group', 'by') ? groupItems(s) : null;
  const having = s.take('having') ? parseExpr(s, GRAMMAR) : null;
  return { k: 'select', distinct, items, from: relation, where, group, having, span: s.span(from) };
}

function selectItem(s: TokenStream): SelectItem {
  const from = s.peek.span.from;
  if (s.take('*')) return { k: 'star', of: null, span: s.span(from) };
  if ((s.peek.kind === 'ident' || s.peek.kind === 'quoted') && s.ahead(1).word === '.' && s.ahead(2).word === '*') {
    const of = s.ident('a table');
    s.next();
    s.next();
    return { k: 'star', of, span: s.span(from) };
  }
  const expr = parseExpr(s, GRAMMAR);
  return { k: 'expr', expr, alias: alias(s), span: s.span(from) };
}

function alias(s: TokenStream): Ident | null {
  if (s.take('as')) return s.ident('an alias', RESERVED);
  if (s.peek.kind === 'quoted' || (s.peek.kind === 'ident' && !NO_ALIAS.has(s.peek.word))) return s.ident('an alias');
  return null;
}

function groupItems(s: TokenStream): GroupItem[] {
  const items: GroupItem[] = [];
  if (s.is('(', ')')) {
    s.next();
    s.next();
    return items;
  }
  do {
    if ((s.is('rollup') || s.is('cube')) && s.ahead(1).word === '(') {
      const k = s.next().word as 'rollup' | 'cube';
      s.expect('(');
      const of = parseList(s, GRAMMAR).map((one) => (one.k === 'row' ? one.items : [one]));
      s.expect(')');
      items.push({ k, of });
    } else if (s.take('grouping', 'sets')) {
      s.expect('(');
      const of: (readonly Expr[])[] = [];
      do {
        if (s.take('(', ')')) of.push([]);
        else {
          const one = parseExpr(s, GRAMMAR);
          of.push(one.k === 'row' ? one.items : [one]);
        }
      } while (s.take(','));
      s.expect(')');
      items.push({ k: 'sets', of });
    } else {
      const expr = parseExpr(s, GRAMMAR);
      if (expr.k === 'row') items.push(...expr.items.map((one): GroupItem => ({ k: 'expr', expr: one })));
      else items.push({ k: 'expr', expr });
    }
  } while (s.take(','));
  return items;
}

function relations(s: TokenStream): Relation {
  const from = s.peek.span.from;
  let left = joins(s);
  while (s.take(',')) {
    left = { k: 'join', kind: 'cross', left, right: joins(s), on: null, using: [], comma: true, span: s.span(from) };
  }
  return left;
}

function joins(s: TokenStream): Relation {
  const from = s.peek.span.from;
  let left = aliased(s);
  for (;;) {
    let kind: 'inner' | 'left' | 'right' | 'full' | 'cross';
    if (s.take('cross', 'join')) kind = 'cross';
    else if (s.take('join') || s.take('inner', 'join')) kind = 'inner';
    else if (s.is('left') || s.is('right') || s.is('full')) {
      kind = s.next().word as 'left' | 'right' | 'full';
      s.take('outer');
      s.expect('join');
    } else if (s.is('natural'))
      throw queryError('query.refused', s.text, s.peek.span, 'natural joins are not available', { reason: 'natural join' });
    else return left;
    const right = aliased(s);
    let on: Expr | null = null;
    let using: Ident[] = [];
    if (kind !== 'cross') {
      if (s.take('on')) on = parseExpr(s, GRAMMAR);
      else if (s.take('using')) using = identList(s);
      else throw s.unexpected("'on' or 'using'");
    }
    left = { k: 'join', kind, left, right, on, using, comma: false, span: s.span(from) };
  }
}

function aliased(s: TokenStream): Relation {
  const from = s.peek.span.from;
  const of = relation(s);
  const name = alias(s);
  if (name === null) return of;
  const columns = s.is('(') ? identList(s) : [];
  return { k: 'alias', of, name, columns, span: s.span(from) };
}

function relation(s: TokenStream): Relation {
  const from = s.peek.span.from;
  if (s.is('unnest', '(')) {
    s.next();
    s.next();
    const of = parseList(s, GRAMMAR);
    s.expect(')');
    const ordinality = s.take('with', 'ordinality');
    return { k: 'unnest', of, ordinality, span: s.span(from) };
  }
  if (s.is('(')) {
    if (startsQueryInside(s)) {
      s.next();
      const query = parseQuery(s);
      s.expect(')');
      return { k: 'query', query, span: s.span(from) };
    }
    s.next();
    const inner = s.nested(() => relations(s));
    s.expect(')');
    return inner;
  }
  const name = s.ident('a table', RESERVED);
  if (s.is('.')) throw queryError('query.refused', s.text, s.peek.span, 'a table has no schema before its name', { reason: 'schema' });
  if (s.is('('))
    throw queryError('query.refused', s.text, name.span, `table function '${name.name}' is not available`, { reason: 'table function' });
  return { k: 'table', name, span: s.span(from) };
}

function startsQueryInside(s: TokenStream): boolean {
  const position = s.position;
  s.next();
  const yes = startsQuery(s);
  s.reset(position);
  return yes;
}

function identList(s: TokenStream): Ident[] {
  s.expect('(');
  const list = [s.ident('a name')];
  while (s.take(',')) list.push(s.ident('a name'));
  s.expect(')');
  return list;
}
