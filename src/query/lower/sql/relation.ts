import type { Ident } from '../../ast/span.ts';
import type { Relation } from '../../ast/sql.ts';
import { and, call, type Ch } from '../../clickhouse/ch.ts';
import { commonType, typeName } from '../../types/sql-type.ts';
import { coerce } from '../coerce.ts';
import { fail, type Scope } from '../env.ts';
import { Lowering } from '../lowering.ts';
import { val } from '../val.ts';
import { JoinSource, UnnestSource } from './join.ts';
import { SourceScope } from './scope.ts';
import type { SqlContext } from './context.ts';
import { AliasSource, type Source } from './source.ts';

/** What FROM names. `left`: what stands before it, which UNNEST may read. */
export function lowerRelation(relation: Relation, left: Source | null, outer: Scope | null, cx: SqlContext): Source {
  switch (relation.k) {
    case 'table':
      return cx.table(relation.name, outer);
    case 'query':
      return cx.nested(relation.query, outer, null);
    case 'unnest':
      return unnest(relation, null, [], left, outer, cx);
    case 'alias': {
      const name = relation.name.name;
      const columns = relation.columns.map((column) => column.name);
      if (relation.of.k === 'unnest') return unnest(relation.of, name, columns, left, outer, cx);
      const of = lowerRelation(relation.of, left, outer, cx);
      const width = of.star(null)?.length ?? 0;
      if (columns.length > 0 && columns.length !== width) {
        throw fail(
          cx.env,
          'query.type',
          relation.span,
          `column alias list has ${columns.length} entries but '${name}' has ${width} columns`,
        );
      }
      return new AliasSource(of, name, columns);
    }
    case 'join':
      return join(relation, outer, cx);
  }
}

function unnest(
  relation: Extract<Relation, { k: 'unnest' }>,
  name: string | null,
  columns: readonly string[],
  left: Source | null,
  outer: Scope | null,
  cx: SqlContext,
): Source {
  const lowering = new Lowering(cx.env, new SourceScope(left, outer, cx.env));
  const arrays = relation.of.map((one) => {
    const v = lowering.lower(one);
    if (v.type.k !== 'array' && v.type.k !== 'map')
      throw fail(cx.env, 'query.type', one.span, `unnest takes an array or a map, got ${typeName(v.type)}`);
    return v;
  });
  const source = new UnnestSource(left, arrays, relation.ordinality, { qualifier: name?.toLowerCase() ?? null, columns }, cx.ids);
  if (columns.length > 0 && columns.length !== source.width) {
    throw fail(
      cx.env,
      'query.type',
      relation.span,
      `column alias list has ${columns.length} entries but unnest gives ${source.width} columns`,
    );
  }
  return source;
}

function isUnnest(relation: Relation): boolean {
  return relation.k === 'unnest' || (relation.k === 'alias' && isUnnest(relation.of));
}

function join(relation: Extract<Relation, { k: 'join' }>, outer: Scope | null, cx: SqlContext): Source {
  const left = lowerRelation(relation.left, null, outer, cx);
  if (isUnnest(relation.right)) {
    if (relation.kind !== 'cross')
      throw fail(cx.env, 'query.refused', relation.span, 'unnest can only be joined with cross join or a comma', {
        reason: 'join of unnest',
      });
    return lowerRelation(relation.right, left, outer, cx);
  }
  const right = lowerRelation(relation.right, null, outer, cx);
  const source = new JoinSource(left, right, relation.kind);
  if (relation.kind === 'cross') return source;
  if (relation.on !== null) {
    // The condition sees both sides as they are, before NULLs are put in for missing partners.
    const both = new JoinSource(left, right, 'inner');
    source.on = new Lowering(cx.env, new SourceScope(both, outer, cx.env)).boolean(relation.on).ch;
    return source;
  }
  const tests: Ch[] = relation.using.map((name) => using(name, left, right, source, relation.kind, cx));
  source.on = and(...tests);
  return source;
}

function using(name: Ident, left: Source, right: Source, source: JoinSource, kind: string, cx: SqlContext): Ch {
  const [a, b] = [left.column(name.name), right.column(name.name)];
  if (a === null || b === null || a === 'ambiguous' || b === 'ambiguous')
    throw fail(cx.env, 'query.unknown_field', name.span, `column '${name.name}' is missing from a side of the join`, { field: name.name });
  const type = commonType(a.type, b.type);
  if (type === null) throw fail(cx.env, 'query.type', name.span, `${typeName(a.type)} cannot be compared with ${typeName(b.type)}`);
  const [x, y] = [coerce(a, type), coerce(b, type)];
  const merged =
    kind === 'right' ? y : kind === 'full' ? val(call('ifNull', { t: 'call', fn: 'toNullable', args: [x.ch] }, y.ch), type, true) : x;
  source.using.set(name.name.toLowerCase(), merged);
  return call('equals', x.ch, y.ch);
}
