import type { KnownField } from './complete.ts';
import { findFunction } from './functions/table.ts';
import { COMMANDS, REFUSED_COMMANDS } from './syntax/spl/commands.ts';
import { classify } from './syntax/split-query.ts';

export interface Hover {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  /** Signatures, usage. */
  readonly lines: readonly string[];
  readonly doc: string;
}

/** What the word at an offset is: a function, a command or a field; null: nothing is known of it. Pure. */
export function hover(text: string, offset: number, fields: readonly KnownField[]): Hover | null {
  const before = /[A-Za-z_0-9.\u0080-\uffff-]*$/.exec(text.slice(0, offset))![0];
  const after = /^[A-Za-z_0-9.\u0080-\uffff-]*/.exec(text.slice(offset))![0];
  const at = { from: offset - before.length, to: offset + after.length };
  const word = before + after;
  if (word === '') return null;
  const { bar, mode } = classify(text);
  const inSearch = bar !== null ? at.to <= bar : mode === 'search';
  if (!inSearch) {
    const called = /^\s*\(/.test(text.slice(at.to));
    const entry = called ? findFunction(word) : null;
    if (entry !== null) {
      const note = entry.state === 'refused' ? 'Not available: ' : entry.state === 'differs' ? 'Differs from SLS. ' : '';
      return { ...at, title: entry.name, lines: entry.overloads.map((one) => one.text), doc: note + entry.doc };
    }
    if (mode === 'spl' && /\|\s*$/.test(text.slice(0, at.from))) {
      const command = COMMANDS.get(word.toLowerCase());
      if (command !== undefined) return { ...at, title: command.name, lines: [command.usage], doc: '' };
      const refused = REFUSED_COMMANDS[word.toLowerCase()];
      if (refused !== undefined) return { ...at, title: word, lines: [], doc: `Not available: ${refused}` };
    }
  }
  const field = fields.find((one) => one.name === word) ?? fields.find((one) => one.name.toLowerCase() === word.toLowerCase());
  return field === undefined ? null : { ...at, title: field.name, lines: [field.type], doc: '' };
}
