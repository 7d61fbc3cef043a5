import type { TypeAst } from '../../ast/expr.ts';
import type { Ident } from '../../ast/span.ts';
import type { TokenStream } from '../token-stream.ts';

/** A type as in `cast(x as …)`. */
export function parseType(s: TokenStream): TypeAst {
  return s.nested(() => {
    const from = s.peek.span.from;
    let name = s.ident('a type').name.toLowerCase();
    if (name === 'double' && s.is('precision')) s.next();
    const args: (TypeAst | number)[] = [];
    const fields: (Ident | null)[] = [];
    if (s.take('(')) {
      do {
        if (s.peek.kind === 'int') args.push(Number(s.next().text));
        else if (name === 'row') {
          const named = s.ahead(1).kind === 'ident' || s.ahead(1).kind === 'quoted';
          fields.push(named ? s.ident('a field name') : null);
          args.push(parseType(s));
        } else args.push(parseType(s));
      } while (s.take(','));
      s.expect(')');
    }
    if (name === 'timestamp' || name === 'time') {
      if (s.take('with', 'time', 'zone')) name = `${name} with time zone`;
      else s.take('without', 'time', 'zone');
    }
    return { name, args, fields, span: s.span(from) };
  });
}
