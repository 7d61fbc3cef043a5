import type { SearchExpr, SearchValue } from '../../ast/search.ts';
import type { Ident } from '../../ast/span.ts';

const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
const word = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

/** Text of a search; parsing it again gives the same tree. */
export function printSearch(e: SearchExpr): string {
  switch (e.k) {
    case 'all':
      return e.written ? '*' : '';
    case 'or':
      return e.of.map((one) => (one.k === 'or' ? `(${printSearch(one)})` : printSearch(one))).join(' or ');
    case 'and':
      return e.of.map((one) => (one.k === 'or' || one.k === 'and' ? `(${printSearch(one)})` : printSearch(one))).join(' and ');
    case 'not':
      return `not ${e.of.k === 'or' || e.of.k === 'and' ? `(${printSearch(e.of)})` : printSearch(e.of)}`;
    case 'term':
      return printValue(e.value);
    case 'field':
      return `${printName(e.name)}:${printValue(e.value)}`;
    case 'compare':
      return `${printName(e.name)}${e.sign}${/[\s()":<>=\\#]/.test(e.number) || e.number === '' ? quote(e.number) : e.number}`;
    case 'range':
      return `${printName(e.name)} in ${e.lowIn ? '[' : '('}${e.low} ${e.high}${e.highIn ? ']' : ')'}`;
    case 'similar':
      return `similarity(${printName(e.name)},${quote(e.text)}) ${e.sign} ${e.number}`;
  }
}

function printName(name: Ident): string {
  if (!name.quoted && name.name.startsWith('__tag__:')) {
    const key = name.name.slice('__tag__:'.length);
    return `__tag__:${/[\s()":<>=\\#]/.test(key) || key === '' ? quote(key) : key}`;
  }
  return name.quoted ? quote(name.name) : word(name.name);
}

function printValue(value: SearchValue): string {
  switch (value.k) {
    case 'any':
      return '*';
    case 'word':
      return word(value.text);
    case 'string':
      return quote(value.text);
    case 'phrase':
      return `#${quote(value.text)}`;
  }
}
