import type { CommandOf } from '../../../ast/spl.ts';
import type { Ident } from '../../../ast/span.ts';
import { printIdent } from '../../expr/print-expr.ts';
import { field, type CommandSyntax } from '../command-reader.ts';

export const sort: CommandSyntax<CommandOf<'sort'>> = {
  name: 'sort',
  usage: 'sort <field> [asc|desc], …',
  parse(s, from) {
    const items: { field: Ident; desc: boolean }[] = [];
    do {
      const one = field(s);
      const desc = s.take('desc');
      if (!desc) s.take('asc');
      items.push({ field: one, desc });
    } while (s.take(','));
    return { k: 'sort', items, span: s.span(from) };
  },
  print: (c) => `sort ${c.items.map((item) => `${printIdent(item.field)}${item.desc ? ' desc' : ''}`).join(', ')}`,
};
