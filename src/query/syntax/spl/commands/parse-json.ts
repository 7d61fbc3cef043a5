import type { CommandOf } from '../../../ast/spl.ts';
import { printIdent } from '../../expr/print-expr.ts';
import { field, modeFlag, printFlag, readFlags, textFlag, type CommandSyntax } from '../command-reader.ts';

export const parseJson: CommandSyntax<CommandOf<'parse-json'>> = {
  name: 'parse-json',
  usage: "parse-json [-mode='overwrite'|'preserve'] [-path='$.x'] [-prefix='p_'] <field>",
  parse(s, from) {
    const flags = readFlags(s, ['mode', 'path', 'prefix']);
    return {
      k: 'parse-json',
      mode: modeFlag(s, flags),
      path: textFlag(s, flags, 'path'),
      prefix: textFlag(s, flags, 'prefix'),
      field: field(s),
      span: s.span(from),
    };
  },
  print: (c) => `parse-json${printFlag('mode', c.mode)}${printFlag('path', c.path)}${printFlag('prefix', c.prefix)} ${printIdent(c.field)}`,
};
