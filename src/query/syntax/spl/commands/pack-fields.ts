import type { CommandOf } from '../../../ast/spl.ts';
import { printIdent } from '../../expr/print-expr.ts';
import { field, printFlag, readFlags, textFlag, type CommandSyntax } from '../command-reader.ts';

export const packFields: CommandSyntax<CommandOf<'pack-fields'>> = {
  name: 'pack-fields',
  usage: "pack-fields [-keep] [-ltrim='p'] [-include='re'] [-exclude='re'] as <field>",
  parse(s, from) {
    const flags = readFlags(s, ['keep', 'ltrim', 'include', 'exclude']);
    s.expect('as');
    const as = field(s);
    const [ltrim, include, exclude] = [textFlag(s, flags, 'ltrim'), textFlag(s, flags, 'include'), textFlag(s, flags, 'exclude')];
    return { k: 'pack-fields', keep: flags.has('keep'), ltrim, include, exclude, as, span: s.span(from) };
  },
  print: (c) =>
    `pack-fields${printFlag('keep', c.keep)}${printFlag('ltrim', c.ltrim)}${printFlag('include', c.include)}${printFlag('exclude', c.exclude)} as ${printIdent(c.as)}`,
};
