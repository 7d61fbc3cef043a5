import type { CommandOf } from '../../../ast/spl.ts';
import type { Ident } from '../../../ast/span.ts';
import { printIdent } from '../../expr/print-expr.ts';
import { field, type CommandSyntax } from '../command-reader.ts';

export const projectRename: CommandSyntax<CommandOf<'project-rename'>> = {
  name: 'project-rename',
  usage: 'project-rename <new>=<old>, …',
  parse(s, from) {
    const items: { name: Ident; from: Ident }[] = [];
    do {
      const name = field(s);
      s.expect('=');
      items.push({ name, from: field(s) });
    } while (s.take(','));
    return { k: 'project-rename', items, span: s.span(from) };
  },
  print: (c) => `project-rename ${c.items.map((item) => `${printIdent(item.name)}=${printIdent(item.from)}`).join(', ')}`,
};
