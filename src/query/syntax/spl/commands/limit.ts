import type { CommandOf } from '../../../ast/spl.ts';
import type { TokenStream } from '../../token-stream.ts';
import type { CommandSyntax } from '../command-reader.ts';

function number(s: TokenStream): number {
  if (s.peek.kind !== 'int' || s.peek.text.length > 12) throw s.unexpected('a number of rows');
  return Number(s.next().text);
}

export const limit: CommandSyntax<CommandOf<'limit'>> = {
  name: 'limit',
  usage: 'limit [<offset>,] <count>',
  parse(s, from) {
    const first = number(s);
    const second = s.take(',') ? number(s) : null;
    return { k: 'limit', offset: second === null ? null : first, count: second ?? first, span: s.span(from) };
  },
  print: (c) => `limit ${c.offset === null ? '' : `${c.offset}, `}${c.count}`,
};
