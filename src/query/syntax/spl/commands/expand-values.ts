import type { CommandOf } from '../../../ast/spl.ts';
import { printIdent } from '../../expr/print-expr.ts';
import { queryError } from '../../query-error.ts';
import { field, printFlag, readFlags, textFlag, type CommandSyntax } from '../command-reader.ts';

export const expandValues: CommandSyntax<CommandOf<'expand-values'>> = {
  name: 'expand-values',
  usage: "expand-values [-path='$.x'] [-limit=n] [-keep] <field> [as <field>]",
  parse(s, from) {
    const flags = readFlags(s, ['path', 'limit', 'keep']);
    const limit = textFlag(s, flags, 'limit');
    if (limit !== null && !/^\d{1,9}$/.test(limit))
      throw queryError('query.syntax', s.text, flags.get('limit')!.span, `-limit must be a number, got '${limit}'`, {
        expected: 'a number',
      });
    const source = field(s);
    const as = s.take('as') ? field(s) : null;
    return {
      k: 'expand-values',
      path: textFlag(s, flags, 'path'),
      limit: limit === null ? null : Number(limit),
      keep: flags.has('keep'),
      field: source,
      as,
      span: s.span(from),
    };
  },
  print: (c) =>
    `expand-values${printFlag('path', c.path)}${c.limit === null ? '' : ` -limit=${c.limit}`}${printFlag('keep', c.keep)} ${printIdent(c.field)}${c.as === null ? '' : ` as ${printIdent(c.as)}`}`,
};
