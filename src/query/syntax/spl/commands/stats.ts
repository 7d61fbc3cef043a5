import type { ExprOf } from '../../../ast/expr.ts';
import type { CommandOf } from '../../../ast/spl.ts';
import type { Ident } from '../../../ast/span.ts';
import { printExpr, printIdent } from '../../expr/print-expr.ts';
import { queryError } from '../../query-error.ts';
import { expr, field, fieldList, type CommandSyntax } from '../command-reader.ts';
import { noQuery } from './no-query.ts';

export const stats: CommandSyntax<CommandOf<'stats'>> = {
  name: 'stats',
  usage: 'stats <field>=<aggregate>(…), … [by <field>, …]',
  parse(s, from) {
    const aggregates: { name: Ident; call: ExprOf<'call'> }[] = [];
    do {
      const name = field(s, 'a field for the result');
      s.expect('=');
      const call = expr(s);
      if (call.k !== 'call')
        throw queryError('query.syntax', s.text, call.span, 'stats takes an aggregate function', {
          expected: 'an aggregate function such as count(*)',
        });
      aggregates.push({ name, call });
    } while (s.take(','));
    const by = s.take('by') ? fieldList(s) : [];
    return { k: 'stats', aggregates, by, span: s.span(from) };
  },
  print: (c) =>
    `stats ${c.aggregates.map((one) => `${printIdent(one.name)}=${printExpr(one.call, noQuery)}`).join(', ')}${c.by.length === 0 ? '' : ` by ${c.by.map(printIdent).join(', ')}`}`,
};
