import type { CommandOf } from '../../../ast/spl.ts';
import { printExpr } from '../../expr/print-expr.ts';
import { expr, type CommandSyntax } from '../command-reader.ts';
import { noQuery } from './no-query.ts';

export const where: CommandSyntax<CommandOf<'where'>> = {
  name: 'where',
  usage: 'where <condition>',
  parse: (s, from) => ({ k: 'where', test: expr(s), span: s.span(from) }),
  print: (c) => `where ${printExpr(c.test, noQuery)}`,
};
