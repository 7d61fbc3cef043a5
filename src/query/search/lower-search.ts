import type { SearchExpr, SearchValue } from '../ast/search.ts';
import type { Ident } from '../ast/span.ts';
import { call, or, raw, type Ch } from '../clickhouse/ch.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { nearest, queryError } from '../syntax/query-error.ts';
import type { SearchCatalog, SearchField, Tokenizing } from './search-catalog.ts';
import { all, isEngineToken, phraseTest, prunableTokens, splitTerms, termTest, type TextOf } from './terms.ts';

export interface LoweredSearch {
  /** UInt8, never NULL; null: every row. */
  readonly test: Ch | null;
  /** For highlighting: key '' is full text. */
  readonly terms: readonly { readonly key: string; readonly term: string }[];
  readonly phrases: boolean;
  /** The condition asks a full-text index. */
  readonly indexed: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/** A search part as a condition on rows. @throws query.unknown_field query.no_index query.refused */
export function lowerSearch(expr: SearchExpr, catalog: SearchCatalog, text: string): LoweredSearch {
  const lowering = new SearchLowering(catalog, text);
  const test = expr.k === 'all' ? null : lowering.lower(expr, false);
  return { test, terms: lowering.terms, phrases: lowering.phrases, indexed: lowering.indexed, diagnostics: lowering.diagnostics };
}

class SearchLowering {
  readonly terms: { key: string; term: string }[] = [];
  readonly diagnostics: Diagnostic[] = [];
  phrases = false;
  indexed = false;
  readonly #catalog: SearchCatalog;
  readonly #text: string;

  constructor(catalog: SearchCatalog, text: string) {
    this.#catalog = catalog;
    this.#text = text;
  }

  lower(e: SearchExpr, negated: boolean): Ch {
    switch (e.k) {
      case 'all':
        return raw('1');
      case 'and':
        return all(e.of.map((one) => this.lower(one, negated)));
      case 'or':
        return or(...e.of.map((one) => this.lower(one, negated)));
      case 'not':
        return call('not', this.lower(e.of, !negated));
      case 'term':
        return this.#line(e.value, negated);
      case 'field':
        return this.#field(e.name, e.value, negated);
      case 'compare':
        return this.#compare(e, negated);
      case 'range':
        return this.#range(e, negated);
      case 'similar':
        throw queryError('query.refused', this.#text, e.span, 'similarity search is not available: there is no vector index', {
          reason: 'no vector index',
        });
    }
  }

  #mark(key: string, term: string, negated: boolean): void {
    if (!negated && term !== '' && !this.terms.some((one) => one.key === key && one.term === term)) this.terms.push({ key, term });
  }

  /** A term without a field. */
  #line(value: SearchValue, negated: boolean): Ch {
    const { line } = this.#catalog;
    if (line === null)
      throw queryError('query.no_index', this.#text, value.span, 'the logstore has no full text index, a term needs a field before it', {
        expected: 'field:value',
      });
    const subject: TextOf = (cased) => this.#catalog.lineText(cased);
    return this.#tokens(value, line, '', negated, {
      subject,
      lines: true,
      prune: (token) => this.#catalog.anyToken(token),
      // What the indexes answer is the whole test of a plain word: see `isEngineToken`.
      enough: (term) => isEngineToken(term, line),
    });
  }

  #tokens(
    value: SearchValue,
    how: Tokenizing,
    key: string,
    negated: boolean,
    on: { subject: TextOf; lines: boolean; prune: (token: string) => Ch | null; enough: (term: string) => boolean },
  ): Ch {
    const text = value.k === 'any' ? '' : value.text;
    const wild = value.k === 'word' && /[*?]/.test(text);
    const terms = wild ? splitWild(text, how.token) : splitTerms(text, how.token);
    const [pruning, exact]: [Ch[], Ch[]] = [[], []];
    const asked = new Set<string>();
    if (value.k === 'phrase') {
      this.phrases = true;
      this.#mark(key, text, negated);
      // Cheaper than the tests of its terms, and fewer logs have it: first.
      exact.push(phraseTest(text, how, on.subject));
    }
    for (const [place, term] of terms.entries()) {
      this.#mark(key, term.replace(/[*?].*$/, ''), negated);
      const isWild = wild && /[*?]/.test(term);
      if (!isWild) {
        for (const token of prunableTokens(term, how)) {
          const test = asked.has(token) ? null : on.prune(token);
          asked.add(token);
          if (test !== null) pruning.push(test);
        }
        if (on.enough(term)) continue;
      }
      // Between the first and the last term of a phrase, delimiters stand in the phrase itself.
      if (value.k === 'phrase' && place > 0 && place < terms.length - 1) continue;
      exact.push(termTest(term, isWild, how, on.subject, on.lines));
    }
    if (pruning.length > 0) this.indexed = true;
    const tests = [...pruning, ...exact];
    // A text of delimiters only has no term: nothing is asked.
    return all(tests);
  }

  /** @throws query.unknown_field with the sentence SLS has */
  #known(name: Ident): SearchField {
    // `source` means the source of the log; a field of that name is reached with another case.
    const wanted = !name.quoted && name.name === 'source' ? '__source__' : name.name;
    const found = this.#catalog.field(wanted);
    if (found !== null) return found;
    const suggestion = nearest(name.name, this.#catalog.names());
    throw queryError(
      'query.unknown_field',
      this.#text,
      name.span,
      `key (${name.name}) is not config as key value config,if symbol : is in your log,please wrap : with quotation mark "`,
      {
        field: name.name,
        ...(suggestion === undefined ? {} : { suggestion }),
      },
    );
  }

  #field(name: Ident, value: SearchValue, negated: boolean): Ch {
    const field = this.#known(name);
    if (value.k === 'any') return field.has;
    if (value.text === '') return raw('(', field.has, ' AND ', field.text, " = '')");
    if (field.type !== 'text') {
      if (value.k === 'word' && /[*?]/.test(value.text))
        throw queryError('query.type', this.#text, value.span, `'${field.name}' is a number: wildcards do not apply`, {
          expected: 'a number',
        });
      const number = numberOf(value.text);
      if (number === null) return raw('0');
      this.#mark(field.name, value.text, negated);
      return call('ifNull', call('equals', field.number!, number), raw('0'));
    }
    const subject: TextOf = (cased) => (cased ? field.text : call('lower', field.text));
    return this.#tokens(value, field, field.name, negated, {
      subject,
      lines: false,
      prune: (token) => field.prune(token),
      enough: () => false,
    });
  }

  #compare(e: Extract<SearchExpr, { k: 'compare' }>, negated: boolean): Ch {
    const found = this.#catalog.field(!e.name.quoted && e.name.name === 'source' ? '__source__' : e.name.name);
    const number = numberOf(e.number);
    if (found === null || found.type === 'text' || number === null) {
      const why =
        found === null
          ? `'${e.name.name}' has no index`
          : found.type === 'text'
            ? `'${found.name}' is indexed as text`
            : `'${e.number}' is no number`;
      this.diagnostics.push({
        message: `${why}: the comparison is read as the words ${e.name.name}, ${e.sign} and ${e.number}`,
        from: e.span.from,
        to: e.span.to,
      });
      const words = [e.name.name, e.number].map((word): SearchValue => ({ k: 'string', text: word, span: e.span }));
      return all(words.map((word) => this.#line(word, negated)));
    }
    const engine = { '>': 'greater', '>=': 'greaterOrEquals', '<': 'less', '<=': 'lessOrEquals', '=': 'equals' }[e.sign];
    return call('ifNull', call(engine, found.number!, number), raw('0'));
  }

  #range(e: Extract<SearchExpr, { k: 'range' }>, negated: boolean): Ch {
    const found = this.#catalog.field(e.name.name);
    if (found === null || found.type === 'text') {
      this.diagnostics.push({
        message: `'${e.name.name}' is not indexed as a number: the range is read as words`,
        from: e.span.from,
        to: e.span.to,
      });
      return all([e.name.name, e.low, e.high].map((word) => this.#line({ k: 'string', text: word, span: e.span }, negated)));
    }
    const low = call(e.lowIn ? 'greaterOrEquals' : 'greater', found.number!, numberOf(e.low)!);
    const high = call(e.highIn ? 'lessOrEquals' : 'less', found.number!, numberOf(e.high)!);
    return call('ifNull', call('and', low, high), raw('0'));
  }
}

/** A number written in a search as a value of the engine; null: it is none. */
function numberOf(text: string): Ch | null {
  if (/^[+-]?\d{1,18}$/.test(text)) return { t: 'param', type: 'Int64', value: text.replace('+', '') };
  if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(text)) return null;
  return { t: 'param', type: 'Float64', value: String(Number(text)) };
}

/** As `splitTerms`, where `?` may be a delimiter and is a wildcard here. */
function splitWild(text: string, token: readonly string[]): string[] {
  return splitTerms(
    text,
    token.filter((c) => c !== '?' && c !== '*'),
  );
}
