import type { CommandOf } from '../../../ast/spl.ts';
import { printIdent, quoteText } from '../../expr/print-expr.ts';
import { field, fieldList, modeFlag, printFlag, readFlags, text, type CommandSyntax } from '../command-reader.ts';

export const parseRegexp: CommandSyntax<CommandOf<'parse-regexp'>> = {
  name: 'parse-regexp',
  usage: "parse-regexp [-mode='…'] <field>, '<pattern>' [as <field>, …]",
  parse(s, from) {
    const mode = modeFlag(s, readFlags(s, ['mode']));
    const source = field(s);
    s.expect(',');
    const pattern = text(s, 'a pattern');
    const names = s.take('as') ? fieldList(s) : [];
    return { k: 'parse-regexp', mode, field: source, pattern: pattern.value, patternSpan: pattern.span, names, span: s.span(from) };
  },
  print: (c) =>
    `parse-regexp${printFlag('mode', c.mode)} ${printIdent(c.field)}, ${quoteText(c.pattern)}${c.names.length === 0 ? '' : ` as ${c.names.map(printIdent).join(', ')}`}`,
};
