import type { CommandOf } from '../../../ast/spl.ts';
import { printIdent, quoteText } from '../../expr/print-expr.ts';
import {
  escapeChars,
  field,
  modeFlag,
  printFlag,
  readFlags,
  text,
  textFlag,
  unescapeChars,
  type CommandSyntax,
} from '../command-reader.ts';

export const parseKv: CommandSyntax<CommandOf<'parse-kv'>> = {
  name: 'parse-kv',
  usage: "parse-kv [-prefix='…'] [-mode='…'] <field>, '<pair separator>', '<key separator>' | parse-kv -regexp <field>, '<pattern>'",
  parse(s, from) {
    const flags = readFlags(s, ['mode', 'prefix', 'greedy', 'regexp', 'delims', 'kv-sep']);
    const common = {
      k: 'parse-kv' as const,
      mode: modeFlag(s, flags),
      prefix: textFlag(s, flags, 'prefix'),
      greedy: flags.has('greedy'),
      field: field(s),
    };
    if (flags.has('regexp')) {
      s.expect(',');
      const pattern = text(s, 'a pattern');
      return { ...common, how: { k: 'regexp', pattern: pattern.value, patternSpan: pattern.span }, span: s.span(from) };
    }
    if (s.take(',')) {
      const pair = unescapeChars(text(s, 'the separator of pairs').value);
      s.expect(',');
      const kv = unescapeChars(text(s, 'the separator of key and value').value);
      return { ...common, how: { k: 'separators', pair, kv }, span: s.span(from) };
    }
    const chars = (name: string): string | null => {
      const value = textFlag(s, flags, name);
      return value === null ? null : unescapeChars(value);
    };
    return { ...common, how: { k: 'set', delims: chars('delims'), kv: chars('kv-sep') }, span: s.span(from) };
  },
  print(c) {
    const head = `parse-kv${printFlag('greedy', c.greedy)}${printFlag('mode', c.mode)}${printFlag('prefix', c.prefix)}`;
    if (c.how.k === 'regexp') return `${head} -regexp ${printIdent(c.field)}, ${quoteText(c.how.pattern)}`;
    if (c.how.k === 'separators')
      return `${head} ${printIdent(c.field)}, ${quoteText(escapeChars(c.how.pair))}, ${quoteText(escapeChars(c.how.kv))}`;
    const esc = (value: string | null): string | null => (value === null ? null : escapeChars(value));
    return `${head}${printFlag('delims', esc(c.how.delims))}${printFlag('kv-sep', esc(c.how.kv))} ${printIdent(c.field)}`;
  },
};
