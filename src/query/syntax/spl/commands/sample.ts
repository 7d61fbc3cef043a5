import type { CommandOf } from '../../../ast/spl.ts';
import { queryError } from '../../query-error.ts';
import { readFlags, textFlag, type CommandSyntax } from '../command-reader.ts';

export const sample: CommandSyntax<CommandOf<'sample'>> = {
  name: 'sample',
  usage: "sample -method='bernoulli' <percent>",
  parse(s, from) {
    const flags = readFlags(s, ['method']);
    const method = textFlag(s, flags, 'method');
    if (method !== null && method !== 'bernoulli')
      throw queryError('query.syntax', s.text, flags.get('method')!.span, `method '${method}' does not exist`, { expected: "'bernoulli'" });
    if (s.peek.kind !== 'int' && s.peek.kind !== 'float') throw s.unexpected('a percentage');
    const { text, span } = s.next();
    const percent = Number(text);
    if (!(percent >= 0 && percent <= 100))
      throw queryError('query.syntax', s.text, span, `percentage ${text} must lie between 0 and 100`, { expected: '0..100' });
    return { k: 'sample', percent, span: s.span(from) };
  },
  print: (c) => `sample -method='bernoulli' ${c.percent}`,
};
