import type { SplCommand, SplPipeline, SplProgram, SplSource } from '../../ast/spl.ts';
import { nearest, queryError } from '../query-error.ts';
import { splitPipe } from '../split-query.ts';
import { TokenStream } from '../token-stream.ts';
import { COMMANDS, REFUSED_COMMANDS } from './commands.ts';

/** Stages of one pipeline, as SLS has it. */
export const MAX_STAGES = 64;

/**
 * A whole program: `[.set "name" = 'value';] [.let name = pipeline;] pipeline [;]`, where a pipeline is `search | command | …`.
 * @throws query.syntax query.refused query.limit
 */
export function parseSpl(text: string): SplProgram {
  const settings: { name: string; value: string }[] = [];
  const datasets: { name: string; pipeline: SplPipeline }[] = [];
  let from = 0;
  for (;;) {
    const start = from + /^\s*(?:--[^\n]*(?:\n|$)\s*)*/.exec(text.slice(from))![0].length;
    const directive = /^\.(let|set)\b/.exec(text.slice(start));
    if (directive === null) {
      const end = statementEnd(text, start);
      if (text.slice(end + 1).trim() !== '')
        throw queryError('query.syntax', text, { from: end, to: text.length }, 'only .let and .set can stand before another statement', {
          expected: 'end of query',
        });
      return { settings, datasets, pipeline: parsePipeline(text, start, end) };
    }
    if (directive[1] === 'set') {
      const end = statementEnd(text, start, true);
      const s = new TokenStream(text, start + 4, end);
      const name = s.ident('a setting').name;
      s.expect('=');
      if (s.peek.kind !== 'string') throw s.unexpected('a value in single quotes');
      settings.push({ name, value: s.next().text });
      s.end("';'");
      from = end + 1;
    } else {
      const head = /^\.let\s+([A-Za-z_][A-Za-z0-9_]*)\s*=/.exec(text.slice(start));
      if (head === null)
        throw queryError('query.syntax', text, { from: start, to: start + 4 }, '.let needs a name and =', {
          expected: '.let name = pipeline',
        });
      const end = statementEnd(text, start + head[0].length);
      if (end >= text.length)
        throw queryError('query.syntax', text, { from: text.length, to: text.length }, '.let must end in ; and be followed by a pipeline', {
          expected: "';'",
        });
      datasets.push({ name: head[1]!, pipeline: parsePipeline(text, start + head[0].length, end) });
      from = end + 1;
    }
  }
}

/** Offset of the `;` that ends the statement, or of the end. Within the search part only double quotes protect. */
function statementEnd(text: string, from: number, commands = false): number {
  let at = from;
  if (!commands) {
    const bar = splitPipe(text, from);
    const semicolon = bar === null ? text.indexOf(';', from) : -1;
    if (bar === null) return semicolon < 0 ? text.length : semicolon;
    at = bar;
  }
  for (; at < text.length; at++) {
    const c = text[at]!;
    if (c === ';') return at;
    if (c === "'" || c === '"') {
      const end = text.indexOf(c, at + 1);
      if (end < 0) return text.length;
      at = end;
    } else if (c === '-' && text[at + 1] === '-') {
      const end = text.indexOf('\n', at);
      if (end < 0) return text.length;
      at = end;
    }
  }
  return text.length;
}

/** `search | command | …` between two offsets. */
export function parsePipeline(text: string, from: number, to: number): SplPipeline {
  const bar = splitPipe(text, from, to);
  const sourceEnd = bar ?? to;
  const raw = text.slice(from, sourceEnd);
  const lead = /^\s*/.exec(raw)![0].length;
  const span = { from: from + lead, to: from + raw.trimEnd().length };
  const dataset = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(raw.trim());
  const source: SplSource = dataset === null ? { k: 'search', text: raw.trim(), span } : { k: 'dataset', name: dataset[1]!, span };
  if (bar === null) return { source, commands: [], span: { from, to } };
  const s = new TokenStream(text, bar + 1, to);
  const commands: SplCommand[] = [];
  do {
    if (commands.length >= MAX_STAGES)
      throw queryError('query.limit', text, s.peek.span, `a pipeline has at most ${MAX_STAGES} stages`, { limit: 'stages' });
    commands.push(parseCommand(s));
  } while (s.take('|'));
  s.take(';');
  s.end("'|' or end of query");
  return { source, commands, span: { from, to } };
}

function parseCommand(s: TokenStream): SplCommand {
  const from = s.peek.span.from;
  if (s.peek.kind !== 'ident') throw s.unexpected('a command');
  let name = s.next().word;
  while (s.is('-') && s.peek.span.from === s.last && s.ahead(1).kind === 'ident' && s.ahead(1).span.from === s.peek.span.to) {
    s.next();
    name += `-${s.next().word}`;
  }
  const syntax = COMMANDS.get(name);
  if (syntax !== undefined) return syntax.parse(s, from);
  const span = s.span(from);
  const refused = REFUSED_COMMANDS[name];
  if (refused !== undefined)
    throw queryError('query.refused', s.text, span, `command '${name}' is not available: ${refused}`, { reason: refused });
  if (name === 'select' || name === 'with')
    throw queryError('query.syntax', s.text, span, 'SPL cannot be followed by SQL', { expected: 'an SPL command' });
  const suggestion = nearest(name, COMMANDS.keys());
  throw queryError('query.syntax', s.text, span, `command '${name}' does not exist`, {
    expected: 'a command',
    ...(suggestion === undefined ? {} : { suggestion }),
  });
}
