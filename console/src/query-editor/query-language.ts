import { StreamLanguage, type StreamParser, type StringStream } from '@codemirror/language';
import { tags } from '@lezer/highlight';
import { SEARCH_WORDS, SPL_COMMANDS, SPL_WORDS, SQL_WORDS } from './vocabulary.ts';

export type Part = 'search' | 'sql' | 'spl';

export interface QueryState {
  part: Part;
  /** Right after a pipe: the next word decides between SQL and SPL. */
  afterPipe: boolean;
  /** Inside a comment that goes over lines. */
  comment: boolean;
  /** `field:` was just read, so what follows is its value. */
  value: boolean;
}

const WORD = /^[\p{L}_@$#][\p{L}\p{N}_@$#-]*/u;
const FIELD = /^(?:__tag__:)?[\p{L}_@$][\p{L}\p{N}_.@$-]*(?=\s*(?::|>=|<=|>|<|=|!=|\s+in\s))/iu;
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\p{L}\p{N}_.-])/iu;

function quoted(stream: StringStream, quote: string): void {
  for (let next = stream.next(); next !== undefined && next !== null; next = stream.next()) {
    if (next === '\\' && quote !== "'") stream.next();
    else if (next === quote) return;
  }
}

function searchToken(stream: StringStream, state: QueryState): string | null {
  if (stream.match(NUMBER)) {
    state.value = false;
    return 'number';
  }
  if (!state.value && stream.match(FIELD)) return 'propertyName';
  if (stream.match(/^[:=<>!]+/u)) {
    state.value = true;
    return 'operator';
  }
  if (stream.match(/^[()[\],]/u)) return 'operator';
  const word = stream.match(/^[^\s()[\]:=<>!|"',]+/u) as RegExpMatchArray | null;
  if (word) {
    const plain = word[0].toLowerCase();
    if (!state.value && SEARCH_WORDS.has(plain)) return 'keyword';
    state.value = false;
    return plain === '*' ? 'operator' : 'string';
  }
  stream.next();
  return null;
}

function codeToken(stream: StringStream, state: QueryState): string | null {
  if (stream.match(NUMBER)) return 'number';
  const words = state.part === 'sql' ? SQL_WORDS : SPL_WORDS;
  const word = stream.match(state.part === 'sql' ? /^[\p{L}_@$][\p{L}\p{N}_@$]*/u : WORD) as RegExpMatchArray | null;
  if (word) {
    const plain = word[0].toLowerCase();
    if (words.has(plain)) return 'keyword';
    if (stream.match(/^\s*\(/u, false)) return 'function';
    return 'variableName';
  }
  if (stream.match(/^(?:->|>=|<=|!=|<>|\|\||[-+*/%=<>,.()[\]])/u)) return 'operator';
  stream.next();
  return null;
}

/** `search | select …` or `search | where … | extend …`. Exported for tests. */
export const queryParser: StreamParser<QueryState> = {
  name: 'sluice-query',
  startState: () => ({ part: 'search', afterPipe: false, comment: false, value: false }),
  copyState: (state) => ({ ...state }),
  token(stream, state) {
    if (state.comment) {
      state.comment = !stream.match(/^.*?\*\//u);
      if (state.comment) stream.skipToEnd();
      return 'comment';
    }
    if (stream.eatSpace()) return null;
    if (state.part !== 'search' && stream.match(/^--.*/u)) return 'comment';
    if (state.part !== 'search' && stream.match('/*')) {
      state.comment = true;
      return 'comment';
    }
    if (state.part !== 'sql' && stream.match(/^\|(?!\|)/u)) {
      state.afterPipe = true;
      state.value = false;
      return 'pipe';
    }
    if (state.afterPipe) {
      state.afterPipe = false;
      if (state.part === 'search') state.part = stream.match(/^(?:select|with|\()/iu, false) ? 'sql' : 'spl';
    }
    const quote = stream.match(/^["'`]/u) as RegExpMatchArray | null;
    if (quote) {
      quoted(stream, quote[0]);
      if (state.part === 'search') {
        const isField = !state.value && stream.match(/^\s*[:=<>]/u, false) !== null && stream.match(/^\s*[:=<>]/u, false) !== false;
        state.value = false;
        return isField ? 'propertyName' : 'string';
      }
      return quote[0] === "'" ? 'string' : 'propertyName';
    }
    return state.part === 'search' ? searchToken(stream, state) : codeToken(stream, state);
  },
  languageData: { commentTokens: { line: '--' }, closeBrackets: { brackets: ['(', '[', '"', "'"] } },
  tokenTable: { pipe: tags.controlOperator, function: tags.function(tags.variableName) },
};

export const queryLanguage = StreamLanguage.define(queryParser);

/** Which language the cursor is in, by the text before it. */
export function partAt(textBefore: string): Part {
  let quote = '';
  for (let at = 0; at < textBefore.length; at += 1) {
    const letter = textBefore[at] ?? '';
    if (quote !== '') {
      if (letter === '\\' && quote !== "'") at += 1;
      else if (letter === quote) quote = '';
    } else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '|')
      return /^\s*(?:select|with|\()/iu.test(textBefore.slice(at + 1)) ? 'sql' : splOrUndecided(textBefore.slice(at + 1));
  }
  return 'search';
}

function splOrUndecided(afterPipe: string): Part {
  const word = /^\s*([\p{L}-]*)$/u.exec(afterPipe)?.[1];
  if (word === undefined) return 'spl';
  return SPL_COMMANDS.some((command) => command.startsWith(word.toLowerCase())) || word === '' ? 'spl' : 'sql';
}
