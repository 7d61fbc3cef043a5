import { call, raw, str, type Ch } from '../clickhouse/ch.ts';

/** Letters of `date_format` that the engine writes the same way. */
const SAME = new Set('abdeHhIijkMmpSsWYycl');
const ERRORS = new Set('DUuVwX');

/** `date_format` with MySQL letters over a DateTime64; a string: the letter that is an error. */
export function mysqlFormat(x: Ch, format: string): Ch | string {
  const pieces: (string | Ch)[] = [];
  const add = (text: string): void => {
    const last = pieces.at(-1);
    if (typeof last === 'string') pieces[pieces.length - 1] = last + text;
    else pieces.push(text);
  };
  for (let i = 0; i < format.length; i++) {
    const c = format[i]!;
    if (c !== '%') {
      add(c);
      continue;
    }
    const letter = format[++i];
    if (letter === undefined) break;
    if (ERRORS.has(letter)) return letter;
    if (SAME.has(letter)) add(`%${letter}`);
    else if (letter === '%') add('%%');
    else if (letter === 'T') add('%H:%i:%S');
    else if (letter === 'r') add('%h:%i:%S %p');
    else if (letter === 'f') pieces.push(raw('leftPad(toString(toMillisecond(', x, ") * 1000), 6, '0')"));
    else if (letter === 'v') pieces.push(raw('leftPad(toString(toISOWeek(', x, ")), 2, '0')"));
    else if (letter === 'x') pieces.push(raw('toString(toISOYear(', x, '))'));
    else add(letter);
  }
  return joined(x, pieces, 'formatDateTime');
}

function joined(x: Ch, pieces: readonly (string | Ch)[], fn: string): Ch {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? call(fn, x, str(piece)) : piece));
  if (parts.length === 0) return raw('if(isNull(', x, "), NULL, '')");
  return parts.length === 1 ? parts[0]! : call('concat', ...parts);
}

/**
 * A format of `date_parse` for the engine's parser. Numbers may be unpadded where a separator follows. Null: a letter the parser lacks.
 */
export function mysqlParseFormat(format: string): string | null {
  let out = '';
  for (let i = 0; i < format.length; i++) {
    const c = format[i]!;
    if (c !== '%') {
      out += c;
      continue;
    }
    const letter = format[++i];
    if (letter === undefined) return null;
    const after = format[i + 1];
    const separated = after === undefined || !(after === '%' || /\d/.test(after));
    const loose: Readonly<Record<string, string>> = { d: 'e', m: 'c', H: 'k', h: 'l', I: 'l' };
    if (loose[letter] !== undefined && separated) out += `%${loose[letter]}`;
    else if (letter === 'T') out += '%H:%i:%s';
    else if (letter === 'r') out += '%h:%i:%s %p';
    else if ('abcdefHhIijkMmpSsWYyl%'.includes(letter)) out += letter === 'S' ? '%s' : `%${letter}`;
    else if (ERRORS.has(letter) || 'vx'.includes(letter)) return null;
    else out += letter;
  }
  return out;
}

/** Runs of Joda letters and quoted text. Null: malformed. */
function jodaRuns(format: string): { letter: string | null; text: string }[] | null {
  const runs: { letter: string | null; text: string }[] = [];
  for (let i = 0; i < format.length;) {
    const c = format[i]!;
    if (c === "'") {
      if (format[i + 1] === "'") {
        runs.push({ letter: null, text: "'" });
        i += 2;
        continue;
      }
      let text = '';
      i++;
      for (;;) {
        if (i >= format.length) return null;
        if (format[i] === "'") {
          if (format[i + 1] !== "'") break;
          i++;
        }
        text += format[i]!;
        i++;
      }
      i++;
      runs.push({ letter: null, text });
    } else if (/[A-Za-z]/.test(c)) {
      let end = i;
      while (format[end] === c) end++;
      runs.push({ letter: c, text: format.slice(i, end) });
      i = end;
    } else {
      runs.push({ letter: null, text: c });
      i++;
    }
  }
  return runs;
}

const percent = (text: string): string => text.replaceAll('%', '%%');

/** `format_datetime` with Joda letters; null: a letter it does not have. `zoneName`: what ZZZ prints; `offsetSec`: of a zone that differs by row. */
export function jodaFormat(x: Ch, format: string, zoneName: Ch, offsetSec: Ch | null = null): Ch | null {
  const runs = jodaRuns(format);
  if (runs === null) return null;
  const padded = (n: Ch, width: number): Ch => raw('leftPad(toString(', n, `), greatest(${width}, length(toString(`, n, "))), '0')");
  const pieces: Ch[] = [];
  for (const { letter, text } of runs) {
    const n = text.length;
    if (letter === null) {
      pieces.push(str(text));
      continue;
    }
    const offset = offsetSec ?? raw('timeZoneOffset(', x, ')');
    const hhmm = (colon: string): Ch =>
      raw(
        'concat(if(',
        offset,
        " < 0, '-', '+'), leftPad(toString(intDiv(abs(",
        offset,
        "), 3600)), 2, '0'), ",
        str(colon),
        ', leftPad(toString(intDiv(abs(',
        offset,
        ") % 3600, 60)), 2, '0'))",
      );
    const made: Readonly<Record<string, () => Ch>> = {
      y: () => (n === 2 ? call('formatDateTime', x, str('%y')) : padded(call('toYear', x), n)),
      Y: () => (n === 2 ? call('formatDateTime', x, str('%y')) : padded(call('toYear', x), n)),
      x: () => padded(call('toISOYear', x), n),
      M: () =>
        n >= 4 ? call('formatDateTime', x, str('%M')) : n === 3 ? call('formatDateTime', x, str('%b')) : padded(call('toMonth', x), n),
      d: () => padded(call('toDayOfMonth', x), n),
      D: () => padded(call('toDayOfYear', x), n),
      e: () => padded(call('toDayOfWeek', x), n),
      w: () => padded(call('toISOWeek', x), n),
      E: () => call('formatDateTime', x, str(n >= 4 ? '%W' : '%a')),
      a: () => call('formatDateTime', x, str('%p')),
      H: () => padded(call('toHour', x), n),
      k: () => padded(raw('if(toHour(', x, ') = 0, 24, toHour(', x, '))'), n),
      K: () => padded(raw('(toHour(', x, ') % 12)'), n),
      h: () => padded(raw('if(toHour(', x, ') % 12 = 0, 12, toHour(', x, ') % 12)'), n),
      m: () => padded(call('toMinute', x), n),
      s: () => padded(call('toSecond', x), n),
      S: () => raw('substring(rightPad(', padded(call('toMillisecond', x), 3), `, ${Math.max(3, n)}, '0'), 1, ${n})`),
      C: () => padded(raw('intDiv(toYear(', x, '), 100)'), n),
      G: () => raw("'AD'"),
      Z: () => (n === 1 ? hhmm('') : n === 2 ? hhmm(':') : zoneName),
      z: () => zoneName,
    };
    const build = made[letter];
    if (build === undefined) return null;
    pieces.push(build());
  }
  if (pieces.length === 0) return raw('if(isNull(', x, "), NULL, '')");
  return pieces.length === 1 ? pieces[0]! : call('concat', ...pieces);
}

/** A Joda format for the engine's parser, the zone taken off its end. Null: cannot be parsed so. */
export function jodaParseFormat(format: string): { format: string; zoned: boolean } | null {
  const runs = jodaRuns(format);
  if (runs === null) return null;
  let out = '';
  let zoned = false;
  for (const [i, { letter, text }] of runs.entries()) {
    if (zoned) return null;
    if (letter === null) out += percent(text);
    else if (letter === 'Z' || letter === 'z') zoned = i === runs.length - 1;
    else {
      const next = runs[i + 1];
      const separated = next === undefined || next.letter === null || next.letter === 'Z';
      const made: Readonly<Record<string, string>> = {
        y: text.length === 2 ? '%y' : '%Y',
        Y: text.length === 2 ? '%y' : '%Y',
        M: text.length >= 4 ? '%M' : text.length === 3 ? '%b' : separated ? '%c' : '%m',
        d: separated ? '%e' : '%d',
        H: separated ? '%k' : '%H',
        h: separated ? '%l' : '%h',
        m: '%i',
        s: '%s',
        S: '%f',
        a: '%p',
        E: text.length >= 4 ? '%W' : '%a',
        D: '%j',
      };
      const one = made[letter];
      if (one === undefined) return null;
      out += one;
    }
    if ((letter === 'Z' || letter === 'z') && !zoned) return null;
  }
  return { format: zoned ? out.trimEnd() : out, zoned };
}
