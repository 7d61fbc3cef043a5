import { refused } from './refuse.ts';

/** Flags a Sigma regex may carry (`re|i|m|s`). */
export interface RegexFlags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

/**
 * Refuses what RE2 cannot do or does differently: look-around, back-references, possessive and atomic groups, conditionals, repeats over 1,000.
 * @throws rule.refused, rule.invalid for text that is no regex at all
 */
export function checkRegex(pattern: string, path: string): void {
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') {
      const next = pattern[i + 1] ?? '';
      if (next === '') throw refused(path, 'unsupported_regex', `regex ${show(pattern)} ends in a backslash`);
      if (/[1-9]/.test(next) || next === 'k')
        throw refused(path, 'unsupported_regex', `regex ${show(pattern)} has a back-reference \\${next}`);
      if (/[GKRXuch]/.test(next))
        throw refused(path, 'unsupported_regex', `regex ${show(pattern)} has the escape \\${next}, which RE2 lacks`);
      i++;
    } else if (char === '[') {
      i = endOfClass(pattern, i, path);
    } else if (char === '(' && pattern[i + 1] === '?') {
      const group = /^\(\?(?:P?<[A-Za-z_][A-Za-z0-9_]*>|:|[imsU]+(?:-[imsU]+)?[:)]|-[imsU]+[:)])/.exec(pattern.slice(i));
      if (group === null) {
        throw refused(
          path,
          'unsupported_regex',
          `regex ${show(pattern)} has the group ${show(pattern.slice(i, i + 4))}: look-around, atomic and conditional groups are not available in RE2`,
        );
      }
    } else if (char === '{') {
      const repeat = /^\{(\d+)(?:,(\d*))?\}([+])?/.exec(pattern.slice(i));
      if (repeat !== null) {
        if (Number(repeat[1]) > 1000 || Number(repeat[2] ?? 0) > 1000) {
          throw refused(path, 'unsupported_regex', `regex ${show(pattern)} repeats more than 1,000 times`);
        }
        if (repeat[3] !== undefined) throw refused(path, 'unsupported_regex', `regex ${show(pattern)} has a possessive repeat`);
      }
    } else if ((char === '*' || char === '+' || char === '?') && pattern[i + 1] === '+') {
      throw refused(path, 'unsupported_regex', `regex ${show(pattern)} has a possessive repeat`);
    }
  }
  try {
    // Not the engine, but it finds unbalanced groups and classes before a batch does. Inline flags are RE2's own syntax.
    void new RegExp(
      pattern
        .replaceAll(/\(\?[imsU-]+\)/g, '')
        .replaceAll(/\(\?[imsU-]+:/g, '(?:')
        .replaceAll('(?P<', '(?<'),
    );
  } catch (thrown) {
    throw refused(path, 'unsupported_regex', `regex ${show(pattern)} does not parse: ${(thrown as Error).message}`);
  }
}

function endOfClass(pattern: string, at: number, path: string): number {
  let i = at + 1;
  if (pattern[i] === '^') i++;
  if (pattern[i] === ']') i++;
  for (; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === '[' && pattern[i + 1] === ':') {
      const end = pattern.indexOf(':]', i);
      if (end > 0) i = end + 1;
    } else if (pattern[i] === ']') return i;
  }
  throw refused(path, 'unsupported_regex', `regex ${show(pattern)} has a class without ]`);
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/**
 * The longest stretch of plain characters that every match of the pattern must contain, or '' when none is certain. Conservative: only top-level
 * characters count, an alternation at the top level gives nothing, and so does an inline flag.
 */
export function requiredLiteral(pattern: string): string {
  let best = '';
  let run = '';
  const end = (): void => {
    if (run.length > best.length) best = run;
    run = '';
  };
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i] as string;
    let literal: string | null = char;
    if (char === '\\') {
      const next = pattern[++i] ?? '';
      literal = /[^A-Za-z0-9]/.test(next) ? next : null;
      // \x41, \p{L}, \Q…\E: give up on the rest rather than guess its length.
      if (/[xpPQE0]/.test(next)) return best.length > run.length ? best : run;
    } else if (char === '|') return '';
    else if (char === '(') {
      if (pattern[i + 1] === '?' && pattern[i + 2] !== ':' && pattern[i + 2] !== 'P' && pattern[i + 2] !== '<') return '';
      end();
      i = endOfGroup(pattern, i);
      if (i < 0) return '';
      literal = null;
    } else if (char === '[') {
      i = endOfClassQuietly(pattern, i);
      literal = null;
    } else if (char === '.' || char === '^' || char === '$') literal = null;
    const next = pattern[i + 1];
    const optional = next === '*' || next === '?' || (next === '{' && /^\{\d*(,\d*)?\}/.test(pattern.slice(i + 1)));
    const repeated = next === '+';
    if (literal === null || optional) end();
    else run += literal;
    if (optional || repeated) {
      if (repeated) end();
      i = skipRepeat(pattern, i + 1);
    }
  }
  end();
  return best;
}

function endOfGroup(pattern: string, at: number): number {
  let depth = 0;
  for (let i = at; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') i++;
    else if (char === '[') i = endOfClassQuietly(pattern, i);
    else if (char === '(') depth++;
    else if (char === ')' && --depth === 0) return i;
  }
  return -1;
}

function endOfClassQuietly(pattern: string, at: number): number {
  try {
    return endOfClass(pattern, at, '');
  } catch {
    return pattern.length;
  }
}

/** Index of the last character of the repeat that starts at `at`. */
function skipRepeat(pattern: string, at: number): number {
  let i = at;
  if (pattern[i] === '{') i = pattern.indexOf('}', i);
  if (pattern[i + 1] === '?') i++;
  return i;
}
