import type { CommandOf } from '../../../ast/spl.ts';
import type { CommandSyntax } from '../command-reader.ts';

/** A hint for the chart; without effect on the rows. */
export const render: CommandSyntax<CommandOf<'render'>> = {
  name: 'render',
  usage: 'render …',
  parse(s, from) {
    const start = s.peek.span.from;
    while (s.peek.kind !== 'end' && s.peek.word !== '|' && s.peek.word !== ';') s.next();
    return { k: 'render', text: s.text.slice(start, Math.max(start, s.last)).trim(), span: s.span(from) };
  },
  print: (c) => `render ${c.text}`.trimEnd(),
};
