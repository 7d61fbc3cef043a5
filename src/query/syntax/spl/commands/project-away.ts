import type { CommandOf } from '../../../ast/spl.ts';
import { printIdent } from '../../expr/print-expr.ts';
import { fieldList, printFlag, readFlags, type CommandSyntax } from '../command-reader.ts';

export const projectAway: CommandSyntax<CommandOf<'project-away'>> = {
  name: 'project-away',
  usage: 'project-away [-wildcard] <field>, …',
  parse(s, from) {
    const wildcard = readFlags(s, ['wildcard']).has('wildcard');
    return { k: 'project-away', wildcard, fields: fieldList(s), span: s.span(from) };
  },
  print: (c) => `project-away${printFlag('wildcard', c.wildcard)} ${c.fields.map(printIdent).join(', ')}`,
};
