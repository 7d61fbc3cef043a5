import { FUNCTIONS } from './functions/table.ts';
import { COMMANDS } from './syntax/spl/commands.ts';
import { classify, splitPipe } from './syntax/split-query.ts';

/** A field of the logstore, as the editor knows it. */
export interface KnownField {
  readonly name: string;
  /** `text`, `long`, `double`, `json` */
  readonly type: string;
}

export interface Completion {
  readonly label: string;
  /** What is put in. */
  readonly insert: string;
  readonly kind: 'field' | 'function' | 'keyword' | 'command' | 'flag' | 'table';
  readonly detail: string;
  readonly doc: string;
}

export interface Completions {
  /** The text that a completion replaces. */
  readonly from: number;
  readonly to: number;
  readonly items: readonly Completion[];
}

const SEARCH_WORDS = ['and', 'or', 'not', 'in'];
const SQL_WORDS = [
  'select',
  'from',
  'where',
  'group by',
  'order by',
  'having',
  'limit',
  'as',
  'and',
  'or',
  'not',
  'in',
  'like',
  'between',
  'is null',
  'is not null',
  'case',
  'when',
  'then',
  'else',
  'end',
  'distinct',
  'desc',
  'asc',
  'with',
  'union all',
  'left join',
  'join',
  'on',
  'over',
  'partition by',
  'unnest',
  'interval',
  'cast',
  'try_cast',
];
const SPL_WORDS = [
  'and',
  'or',
  'not',
  'in',
  'like',
  'between',
  'is null',
  'is not null',
  'as',
  'by',
  'case',
  'when',
  'then',
  'else',
  'end',
  'cast',
  'try_cast',
];
const RESERVED_FIELDS: readonly KnownField[] = [
  { name: '__time__', type: 'long' },
  { name: '__source__', type: 'text' },
  { name: '__topic__', type: 'text' },
];

/** What can stand at an offset of a query; sorted by kind and name, filtered by what is typed already. Pure: for the console and the REST API. */
export function complete(text: string, offset: number, fields: readonly KnownField[]): Completions {
  const before = text.slice(0, offset);
  const word = /"?[A-Za-z_0-9.\u0080-\uffff-]*$/.exec(before)![0];
  const from = offset - word.length;
  const typed = word.replace(/^"/, '').toLowerCase();
  const all = [...fields, ...RESERVED_FIELDS];
  const pick = (items: readonly Completion[], start = from): Completions => ({
    from: start,
    to: offset,
    items: items
      .filter((one) => one.label.toLowerCase().startsWith(typed))
      .sort((a, b) => order(a) - order(b) || (a.label < b.label ? -1 : 1)),
  });
  const bar = splitPipe(text);
  if (bar === null || offset <= bar) {
    const after = before.slice(0, from).trimEnd();
    if (after.endsWith(':')) return pick([]);
    return pick([...all.map((one) => fieldItem(one, ':')), ...SEARCH_WORDS.map(keyword)]);
  }
  const { mode } = classify(text);
  const stage = before.slice(lastPipe(before) + 1);
  const atStart = stage.trim() === word || stage.trim() === '';
  const first = splitPipe(before) !== null && lastPipe(before) === bar;
  if (atStart) {
    const start = offset - /[A-Za-z-]*$/.exec(before)![0].length;
    return pick([...(first ? [keyword('select'), keyword('with')] : []), ...(mode === 'sql' && !first ? [] : commands())], start);
  }
  if (mode === 'sql')
    return pick([
      ...all.map((one) => fieldItem(one, '')),
      ...functions('Q'),
      ...SQL_WORDS.map(keyword),
      { label: 'log', insert: 'log', kind: 'table', detail: 'table', doc: 'The rows that the search part leaves.' },
    ]);
  const name = /^\s*([A-Za-z]+(?:-[A-Za-z]+)*)/.exec(stage)?.[1]?.toLowerCase() ?? '';
  const flag = /(^|\s)-[A-Za-z-]*$/.exec(before);
  if (flag !== null) {
    const usage = COMMANDS.get(name)?.usage ?? '';
    const flags = [...new Set([...usage.matchAll(/-([a-z-]+)(=|\b)/g)].map((one) => `-${one[1]!}`))].filter(
      (one) => usage.includes(`[${one}`) || usage.includes(` ${one}`),
    );
    const typedFlag = flag[0].trim();
    return {
      from: offset - typedFlag.length,
      to: offset,
      items: flags
        .filter((one) => one.startsWith(typedFlag))
        .map((one) => ({ label: one, insert: one, kind: 'flag', detail: name, doc: usage })),
    };
  }
  return pick([...all.map((one) => fieldItem(one, '')), ...functions('S'), ...SPL_WORDS.map(keyword)]);
}

function lastPipe(text: string): number {
  let at = -1;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quote !== '') quote = c === quote ? '' : quote;
    else if (c === '"' || (c === "'" && at >= 0)) quote = c;
    else if (c === '|' && text[i + 1] !== '|' && text[i - 1] !== '|') at = i;
  }
  return at;
}

const KINDS: readonly Completion['kind'][] = ['field', 'flag', 'command', 'keyword', 'table', 'function'];
const order = (one: Completion): number => KINDS.indexOf(one.kind);
const keyword = (word: string): Completion => ({ label: word, insert: word, kind: 'keyword', detail: 'keyword', doc: '' });

function fieldItem(field: KnownField, after: string): Completion {
  const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(field.name) || (after === ':' && /^[^\s()":<>=|]+$/.test(field.name));
  return {
    label: field.name,
    insert: `${plain ? field.name : `"${field.name.replaceAll('"', '""')}"`}${after}`,
    kind: 'field',
    detail: field.type,
    doc: '',
  };
}

function functions(language: 'Q' | 'S'): Completion[] {
  return FUNCTIONS.filter((one) => one.state !== 'refused' && one.languages.includes(language)).map((one) => ({
    label: one.name,
    insert: `${one.name}(`,
    kind: 'function',
    detail: one.overloads[0]!.text,
    doc: one.doc,
  }));
}

function commands(): Completion[] {
  return [...COMMANDS.values()].map((one) => ({ label: one.name, insert: one.name, kind: 'command', detail: 'command', doc: one.usage }));
}
