import type { CommandOf } from '../../../ast/spl.ts';
import { printIdent } from '../../expr/print-expr.ts';
import { queryError } from '../../query-error.ts';
import {
  escapeChars,
  field,
  fieldList,
  modeFlag,
  printFlag,
  readFlags,
  textFlag,
  unescapeChars,
  type CommandSyntax,
} from '../command-reader.ts';

export const parseCsv: CommandSyntax<CommandOf<'parse-csv'>> = {
  name: 'parse-csv',
  usage: "parse-csv [-delim=','] [-quote='\"'] [-strict] [-mode='…'] <field> as <field>, …",
  parse(s, from) {
    const flags = readFlags(s, ['delim', 'quote', 'strict', 'mode']);
    const chars = (name: string, most: number): string | null => {
      const value = textFlag(s, flags, name);
      if (value === null) return null;
      const plain = unescapeChars(value);
      if (plain.length < 1 || plain.length > most || /[^\0-\x7f]/.test(plain)) {
        throw queryError('query.syntax', s.text, flags.get(name)!.span, `-${name} must be 1 to ${most} ASCII characters, got '${value}'`, {
          expected: `1 to ${most} ASCII characters`,
        });
      }
      return plain;
    };
    const delim = chars('delim', 3);
    const quote = chars('quote', 1);
    const source = field(s);
    s.expect('as');
    return {
      k: 'parse-csv',
      mode: modeFlag(s, flags),
      delim,
      quote,
      strict: flags.has('strict'),
      field: source,
      names: fieldList(s),
      span: s.span(from),
    };
  },
  print: (c) =>
    `parse-csv${printFlag('delim', c.delim === null ? null : escapeChars(c.delim))}${printFlag('quote', c.quote === null ? null : escapeChars(c.quote))}${printFlag('strict', c.strict)}${printFlag('mode', c.mode)} ${printIdent(c.field)} as ${c.names.map(printIdent).join(', ')}`,
};
