import type { CommandOf, SeriesBound } from '../../../ast/spl.ts';
import type { Ident } from '../../../ast/span.ts';
import { printIdent, quoteText } from '../../expr/print-expr.ts';
import type { TokenStream } from '../../token-stream.ts';
import { field, fieldList, text, type CommandSyntax } from '../command-reader.ts';

function bound(s: TokenStream): SeriesBound {
  if (s.peek.kind === 'string') return { k: 'text', value: s.next().text };
  return { k: 'field', field: field(s, 'a time or a field') };
}
const printBound = (of: SeriesBound): string => (of.k === 'text' ? quoteText(of.value) : printIdent(of.field));

export const makeSeries: CommandSyntax<CommandOf<'make-series'>> = {
  name: 'make-series',
  usage: "make-series <field>=<column> [default='null'], … on <time> [from <b> to <e>] [step '1m'] [by <field>, …]",
  parse(s, from) {
    const series: { name: Ident; from: Ident | null; fill: string | null }[] = [];
    do {
      const name = field(s);
      const of = s.take('=') ? field(s) : null;
      const fill = s.take('default', '=') ? text(s, 'a default').value : null;
      series.push({ name, from: of, fill });
    } while (s.take(','));
    s.expect('on');
    const on = field(s);
    const begin = s.take('from') ? bound(s) : null;
    const end = s.take('to') ? bound(s) : null;
    const step = s.take('step') ? text(s, 'a step').value : null;
    const by = s.take('by') ? fieldList(s) : [];
    return { k: 'make-series', series, on, begin, end, step, by, span: s.span(from) };
  },
  print(c) {
    const series = c.series.map(
      (one) =>
        `${printIdent(one.name)}${one.from === null ? '' : `=${printIdent(one.from)}`}${one.fill === null ? '' : ` default=${quoteText(one.fill)}`}`,
    );
    const parts = [`make-series ${series.join(', ')} on ${printIdent(c.on)}`];
    if (c.begin !== null) parts.push(`from ${printBound(c.begin)}`);
    if (c.end !== null) parts.push(`to ${printBound(c.end)}`);
    if (c.step !== null) parts.push(`step ${quoteText(c.step)}`);
    if (c.by.length > 0) parts.push(`by ${c.by.map(printIdent).join(', ')}`);
    return parts.join(' ');
  },
};
