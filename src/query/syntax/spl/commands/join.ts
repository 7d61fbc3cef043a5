import type { CommandOf } from '../../../ast/spl.ts';
import { printExpr } from '../../expr/print-expr.ts';
import { queryError } from '../../query-error.ts';
import { expr, readFlags, textFlag, type CommandSyntax } from '../command-reader.ts';
import { noQuery } from './no-query.ts';

/** `on` names fields of the other side as `$name.field`, read as `name.field`. */
export const join: CommandSyntax<CommandOf<'join'>> = {
  name: 'join',
  usage: 'join [-kind=inner|left] $dataset on $dataset.x = y and …',
  parse(s, from) {
    const flags = readFlags(s, ['kind']);
    const kind = textFlag(s, flags, 'kind') ?? 'inner';
    if (kind !== 'inner' && kind !== 'left')
      throw queryError('query.syntax', s.text, flags.get('kind')!.span, `kind '${kind}' does not exist`, { expected: 'inner or left' });
    s.expect('$');
    const dataset = s.ident('a dataset').name;
    s.expect('on');
    return { k: 'join', kind, dataset, on: expr(s), span: s.span(from) };
  },
  print: (c) => `join -kind=${c.kind} $${c.dataset} on ${printExpr(c.on, noQuery)}`,
};
