import type { CommandOf } from '../../../ast/spl.ts';
import type { Ident } from '../../../ast/span.ts';
import { printIdent } from '../../expr/print-expr.ts';
import { field, printFlag, readFlags, type CommandSyntax } from '../command-reader.ts';

export const project: CommandSyntax<CommandOf<'project'>> = {
  name: 'project',
  usage: 'project [-wildcard] <field>, <new>=<old>, …',
  parse(s, from) {
    const wildcard = readFlags(s, ['wildcard']).has('wildcard');
    const items: { name: Ident; from: Ident | null }[] = [];
    do {
      const name = field(s, 'a field');
      items.push({ name, from: s.take('=') ? field(s) : null });
    } while (s.take(','));
    return { k: 'project', wildcard, items, span: s.span(from) };
  },
  print: (c) =>
    `project${printFlag('wildcard', c.wildcard)} ${c.items.map((item) => printIdent(item.name) + (item.from === null ? '' : `=${printIdent(item.from)}`)).join(', ')}`,
};
