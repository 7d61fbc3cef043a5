import type { CommandOf } from '../../ast/spl.ts';
import type { Ident, Span } from '../../ast/span.ts';
import type { ChFrom } from '../../clickhouse/ch.ts';
import { isComplex } from '../../types/sql-type.ts';
import { fail, type Env, type Scope } from '../env.ts';
import { Lowering } from '../lowering.ts';
import { alone, asElement, type Val } from '../val.ts';
import { Level, recordOfTexts, type Names } from './level.ts';
import { asText } from './pipeline.ts';

/**
 * Rows of the pipeline beside those of a dataset that fit. A field that both have is the pipeline's. `own`: name of the dataset the pipeline began with.
 * Both sides have a fixed list of fields: an open record would hide which of the two a name means.
 */
export function join(left: Level, right: Level, command: CommandOf<'join'>, own: string | null, env: Env): Level {
  const fields = (side: Level, what: string): readonly string[] => {
    const list = side.fixed();
    if (list === null)
      throw fail(env, 'query.refused', command.span, `'join' needs a fixed list of columns ${what}: use project or stats first`, {
        reason: 'columns are not fixed',
      });
    return list;
  };
  const leftFields = fields(left, 'before it');
  const rightFields = fields(right, `in $${command.dataset}`);
  const outer = command.kind === 'left' ? maybeMissing(right, rightFields) : right;
  const has = (side: Level, list: readonly string[], name: string): boolean => list.some((one) => side.key(one) === side.key(name));
  const of = (side: Level, list: readonly string[], name: string): Val | null => {
    const v = has(side, list, name) ? side.field(name) : null;
    return v === null ? null : { ...alone(v), nullable: v.nullable || (side === outer && command.kind === 'left') };
  };
  const rightField = (name: string): Val | null => of(outer, rightFields, name);
  const scope: Scope = {
    name(parts: readonly Ident[], span: Span) {
      const [first, second] = parts;
      if (second === undefined) return of(left, leftFields, first!.name);
      const v =
        parts.length > 2
          ? null
          : first!.name === command.dataset
            ? rightField(second.name)
            : first!.name === own
              ? of(left, leftFields, second.name)
              : null;
      if (v !== null) return v;
      throw fail(env, 'query.unknown_field', span, `there is no field $${parts.map((part) => part.name).join('.')} to join on`, {
        field: parts.map((part) => part.name).join('.'),
        expected: `$${command.dataset}.field, or a field of the pipeline`,
      });
    },
    *names() {
      yield* leftFields;
      for (const name of rightFields) yield `${command.dataset}.${name}`;
    },
  };
  // Bare of any ifNull around it: unknown is false in ON, and the engine finds its keys by the equality.
  const on = new Lowering(env, scope).boolean(command.on).ch;
  const list = [...leftFields, ...rightFields.filter((name) => !has(left, leftFields, name))];
  const both: Names = {
    carry: [],
    ids: left.ids,
    field: (name) => of(left, leftFields, name) ?? rightField(name),
    record: () =>
      recordOfTexts(
        list.flatMap((name) => {
          const v = both.field(name);
          return v === null ? [] : [[name, asText(v, env, command).ch] as const];
        }),
      ),
    fixed: () => list,
    known: () => list,
  };
  const from = (): ChFrom => ({
    t: 'join',
    kind: command.kind === 'left' ? 'LEFT' : 'INNER',
    left: { t: 'sub', of: left.query(), as: `s${left.ids.next++}` },
    right: { t: 'sub', of: outer.query(), as: `s${left.ids.next++}` },
    on,
  });
  return new Level(both, from, left.fold);
}

/** A level whose arrays, maps and rows can be absent: boxed, so that a row without partner has none instead of an empty one. */
function maybeMissing(right: Level, fields: readonly string[]): Level {
  const on = right.above();
  for (const name of fields) {
    const v = right.field(name);
    if (v !== null && isComplex(v.type)) on.defs.set(on.key(name), { ...alone(v), ch: asElement(v), nullable: true });
  }
  return on;
}
