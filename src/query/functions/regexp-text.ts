/** What became of a pattern: as the engine (RE2) takes it, or why not. `refused`: valid in Presto, but RE2 cannot do it. */
export type RegexpCheck =
  | { readonly ok: true; readonly engine: string; readonly groups: number }
  | { readonly ok: false; readonly refused: boolean; readonly reason: string };

/** Checks a Java pattern and writes it for RE2 with Java's meaning: `.` stops at newline, `(?<name>` becomes `(?P<name>`. */
export function checkRegexp(pattern: string): RegexpCheck {
  const no = (reason: string, refused = true): RegexpCheck => ({ ok: false, refused, reason });
  let out = '';
  let groups = 0;
  let depth = 0;
  let inClass = 0;
  let repeatable = false;
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i]!;
    const rest = pattern.slice(i);
    if (c === '\\') {
      const next = pattern[i + 1];
      if (next === undefined) return no('it ends in a backslash', false);
      if (inClass === 0 && /[1-9]/.test(next)) return no('back-references are not available');
      if (next === 'k' && inClass === 0) return no('back-references are not available');
      if (next === 'u' && /^\\u[0-9a-fA-F]{4}/.test(rest)) {
        out += `\\x{${pattern.slice(i + 2, i + 6)}}`;
        i += 5;
      } else if (next === 'e') {
        out += '\\x1b';
        i++;
      } else if (next === 'Z') {
        out += '\\z';
        i++;
      } else if (next === 'h' || next === 'R' || next === 'G' || next === 'X') return no(`\\${next} is not available`);
      else if (next === 'p' || next === 'P') {
        const name = /^\\[pP]\{(?:Is)?([A-Za-z]+)\}|^\\[pP]([A-Z])/.exec(rest);
        if (name === null) return no('a class of characters is malformed', false);
        const posix: Readonly<Record<string, string>> = {
          Alpha: '[:alpha:]',
          Digit: '[:digit:]',
          Alnum: '[:alnum:]',
          Upper: '[:upper:]',
          Lower: '[:lower:]',
          Punct: '[:punct:]',
          Space: '[:space:]',
        };
        const known = posix[name[1] ?? ''];
        out += known === undefined ? `\\${next}{${name[1] ?? name[2]!}}` : inClass > 0 ? known : `[${next === 'P' ? '^' : ''}${known}]`;
        i += name[0].length - 1;
      } else {
        out += `\\${next}`;
        i++;
      }
      repeatable = true;
      continue;
    }
    if (inClass > 0) {
      if (c === '&' && rest.startsWith('&&')) return no('intersections of classes are not available');
      if (c === '[' && !rest.startsWith('[:')) out += '\\[';
      else out += c;
      if (c === ']') inClass--;
      continue;
    }
    if (c === '[') {
      inClass = 1;
      out += c;
      if (pattern[i + 1] === '^') out += pattern[++i]!;
      if (pattern[i + 1] === ']') {
        out += '\\]';
        i++;
      }
      repeatable = true;
      continue;
    }
    if (c === '(') {
      depth++;
      if (/^\(\?(=|!|<=|<!)/.test(rest)) return no('look-around is not available: RE2 has none');
      if (rest.startsWith('(?>')) return no('atomic groups are not available');
      const named = /^\(\?P?<([A-Za-z][A-Za-z0-9_]*)>/.exec(rest);
      if (named !== null) {
        groups++;
        out += `(?P<${named[1]}>`;
        i += named[0].length - 1;
      } else if (rest.startsWith('(?')) {
        const flags = /^\(\?([a-zA-Z-]*)([:)])/.exec(rest);
        if (flags === null) return no('a group is malformed', false);
        const kept = flags[1]!.replaceAll('u', '').replaceAll('U', '').replaceAll('d', '');
        if (/x/.test(kept)) return no('the flag x is not available');
        out += kept === '' && flags[2] === ')' ? '' : `(?${kept}${flags[2]}`;
        if (flags[2] === ')') depth--;
        i += flags[0].length - 1;
      } else {
        groups++;
        out += c;
      }
      repeatable = false;
      continue;
    }
    if (c === ')') {
      if (--depth < 0) return no('a parenthesis is closed that was not opened', false);
      repeatable = true;
      out += c;
      continue;
    }
    if (c === '*' || c === '+' || c === '?' || (c === '{' && /^\{\d+(,\d*)?\}/.test(rest))) {
      if (!repeatable) return no(`'${c}' has nothing to repeat`, false);
      let text: string = c;
      if (c === '{') {
        const counts = /^\{(\d+)(?:,(\d*))?\}/.exec(rest)!;
        if (Number(counts[1]) > 1000 || Number(counts[2] || 0) > 1000) return no('more than 1000 repetitions are not available');
        text = counts[0];
      }
      i += text.length - 1;
      const after = pattern[i + 1];
      if (after === '+') return no('possessive repetition is not available');
      if (after === '?') {
        text += '?';
        i++;
      }
      out += text;
      repeatable = false;
      continue;
    }
    repeatable = c !== '|' && c !== '^';
    out += c === '{' ? '\\{' : c;
  }
  if (inClass > 0) return no('a class of characters is not closed', false);
  if (depth > 0) return no('a parenthesis is not closed', false);
  // RE2 in the engine lets the dot match a newline unless told not to.
  return { ok: true, engine: out.includes('.') ? `(?-s)${out}` : out, groups };
}

/** A Java replacement as RE2 writes it; null: it names a group that is not there. Nine groups can be named. */
export function javaReplacement(text: string, groups: number, pattern: string): string | null {
  let out = '';
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\\') {
      const next = text[++i];
      if (next === undefined) return null;
      out += next === '\\' ? '\\\\' : next;
    } else if (c === '$') {
      const number = /^\$(\d+)/.exec(text.slice(i));
      const name = /^\$\{([A-Za-z][A-Za-z0-9_]*)\}/.exec(text.slice(i));
      if (number !== null) {
        // Java takes as many digits as still name a group.
        let digits = number[1]!;
        while (digits.length > 1 && Number(digits) > groups) digits = digits.slice(0, -1);
        if (Number(digits) > groups || Number(digits) > 9) return null;
        out += `\\${Number(digits)}`;
        i += digits.length;
      } else if (name !== null) {
        const names = [...pattern.matchAll(/\((?:\?P?<([A-Za-z][A-Za-z0-9_]*)>|(?!\?))/g)];
        const at = names.findIndex((one) => one[1] === name[1]);
        if (at < 0 || at > 8) return null;
        out += `\\${at + 1}`;
        i += name[0].length - 1;
      } else return null;
    } else out += c;
  }
  return out;
}
