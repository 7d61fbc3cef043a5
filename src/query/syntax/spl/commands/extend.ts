import type { CommandOf } from '../../../ast/spl.ts';
import { printExpr, printIdent } from '../../expr/print-expr.ts';
import { expr, field, type CommandSyntax } from '../command-reader.ts';
import { noQuery } from './no-query.ts';

export const extend: CommandSyntax<CommandOf<'extend'>> = {
  name: 'extend',
  usage: 'extend <field>=<expression>, …',
  parse(s, from) {
    const items: { name: ReturnType<typeof field>; expr: ReturnType<typeof expr> }[] = [];
    do {
      const name = field(s);
      s.expect('=');
      items.push({ name, expr: expr(s) });
    } while (s.take(','));
    return { k: 'extend', items, span: s.span(from) };
  },
  print: (c) => `extend ${c.items.map((item) => `${printIdent(item.name)}=${printExpr(item.expr, noQuery)}`).join(', ')}`,
};
