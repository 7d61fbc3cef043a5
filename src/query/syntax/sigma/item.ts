import ipaddr from 'ipaddr.js';
import type { CompareOp, Placement, SigmaExpr, SigmaItem, SigmaTest, SigmaText, TimePart } from './ast.ts';
import { base64, base64Offsets, utf16, utf8, windash } from './encode.ts';
import type { Bytes } from './encode.ts';
import { invalid, refused } from './refuse.ts';
import { checkRegex } from './regex.ts';
import { concatText, literalOf, parseText, place } from './text.ts';

/** Named value lists for `expand`: placeholder name (without `%`) → values. */
export type Placeholders = Readonly<Record<string, readonly (string | number)[]>>;

/** Every modifier of Sigma 2.1, long forms and aliases included; anything else is refused by name. */
export const MODIFIERS = [
  'contains',
  'startswith',
  'endswith',
  'all',
  'cased',
  'exists',
  'neq',
  'windash',
  're',
  'i',
  'ignorecase',
  'm',
  'multiline',
  's',
  'dotall',
  'base64',
  'base64offset',
  'utf16le',
  'wide',
  'utf16be',
  'utf16',
  'lt',
  'lte',
  'gt',
  'gte',
  'minute',
  'hour',
  'day',
  'week',
  'month',
  'year',
  'cidr',
  'expand',
  'fieldref',
] as const;
export type Modifier = (typeof MODIFIERS)[number];

const COMPARE: readonly Modifier[] = ['lt', 'lte', 'gt', 'gte'];
const PARTS: readonly Modifier[] = ['minute', 'hour', 'day', 'week', 'month', 'year'];
const REGEX_FLAGS: readonly Modifier[] = ['i', 'ignorecase', 'm', 'multiline', 's', 'dotall'];
const PLACES: readonly Modifier[] = ['contains', 'startswith', 'endswith'];
const ENCODERS: readonly Modifier[] = ['base64', 'base64offset', 'utf16le', 'wide', 'utf16be', 'utf16'];

type Scalar = string | number | boolean | null;

/**
 * One line of a detection map as an expression. `key` is `field|mod|mod`; an empty field is a keyword with modifiers.
 * @throws rule.invalid, rule.refused with the construct named
 */
export function parseItem(key: string, value: unknown, path: string, placeholders: Placeholders): SigmaExpr {
  const [rawField = '', ...mods] = key.split('|');
  if (/\[(?:any|all|none|\d+)\]/.test(rawField)) {
    throw refused(
      path,
      'array_selector',
      `field ${JSON.stringify(rawField)} uses an array selector of sigma-version 3, which is experimental`,
    );
  }
  const field = rawField === '' ? null : rawField;
  const modifiers = mods.map((mod) => modifierOf(mod, path));
  const values = scalars(value, path);
  checkCombination(field, modifiers, Array.isArray(value), values.length, path);

  const negate = modifiers.includes('neq');
  const every = modifiers.includes('all');
  const tests: SigmaTest[] = [];
  const groups: SigmaTest[][] = [];
  for (const scalar of values) {
    const made = testsOf(scalar, modifiers, path, placeholders);
    groups.push(made);
    tests.push(...made);
  }
  let expr: SigmaExpr;
  if (every && groups.some((group) => group.length > 1)) {
    // AND between the written values, OR between the variants that one of them became (windash, base64offset).
    expr = { kind: 'and', of: groups.map((group): SigmaItem => ({ kind: 'item', field, tests: group, every: false })) };
  } else {
    expr = { kind: 'item', field, tests, every };
  }
  return negate ? { kind: 'not', of: expr } : expr;
}

/** A keyword of a plain list: searched in the whole event. */
export function parseKeyword(value: unknown, path: string, placeholders: Placeholders): SigmaExpr {
  return parseItem('', value, path, placeholders);
}

function modifierOf(mod: string, path: string): Modifier {
  const found = MODIFIERS.find((known) => known === mod);
  if (found === undefined) throw refused(path, 'unknown_modifier', `modifier ${JSON.stringify(mod)} is not one of Sigma 2.1`);
  return found;
}

function scalars(value: unknown, path: string): readonly Scalar[] {
  if (Array.isArray(value)) {
    if (value.length === 0) return [null];
    return value.map((one, i) => {
      const scalar = scalarOf(one, `${path}[${i}]`);
      if (scalar === null && value.length > 1)
        throw invalid(`${path}[${i}]`, 'null may not stand in a value list: give it its own selection');
      return scalar;
    });
  }
  return [scalarOf(value, path)];
}

function scalarOf(value: unknown, path: string): Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toISOString();
  throw invalid(path, `expected text, a number, true, false or null, found ${Array.isArray(value) ? 'a list in a list' : typeof value}`);
}

function checkCombination(field: string | null, mods: readonly Modifier[], isList: boolean, count: number, path: string): void {
  const has = (mod: Modifier): boolean => mods.includes(mod);
  const clash = (what: string): never => {
    throw refused(path, 'modifier_combination', what);
  };
  const alone = (mod: Modifier): void => {
    if (has(mod) && mods.some((other) => other !== mod && other !== 'all' && other !== 'neq'))
      clash(`${mod} may not be combined with ${mods.filter((m) => m !== mod).join(', ')}`);
  };
  if (has('all') && !isList) clash('all needs a list of values');
  if (has('all') && isList && count < 2) clash('all needs at least two values');
  if (has('exists') && (mods.length > 1 || field === null)) clash('exists must be the only modifier, and bound to a field');
  alone('cidr');
  for (const mod of [...COMPARE, ...PARTS]) alone(mod);
  if (field === null && mods.some((mod) => mod === 'cidr' || mod === 'fieldref' || COMPARE.includes(mod) || PARTS.includes(mod))) {
    clash(`${mods.join('|')} needs a field`);
  }
  if (mods.some((mod) => REGEX_FLAGS.includes(mod)) && !has('re'))
    clash(`${mods.find((mod) => REGEX_FLAGS.includes(mod))} only follows re`);
  if (has('re') && mods.some((mod) => ENCODERS.includes(mod) || mod === 'windash' || mod === 'cased' || mod === 'fieldref')) {
    clash(`re may not be combined with ${mods.filter((mod) => mod !== 're').join(', ')}`);
  }
  if (has('fieldref') && mods.some((mod) => ENCODERS.includes(mod) || mod === 'windash' || mod === 'expand')) {
    clash(`fieldref may not be combined with ${mods.filter((mod) => mod !== 'fieldref').join(', ')}`);
  }
}

function testsOf(value: Scalar, mods: readonly Modifier[], path: string, placeholders: Placeholders): SigmaTest[] {
  const has = (mod: Modifier): boolean => mods.includes(mod);
  if (has('exists')) {
    if (typeof value !== 'boolean') throw invalid(path, `exists takes true or false, found ${JSON.stringify(value)}`);
    return [{ kind: 'exists', value }];
  }
  const compare = mods.find((mod) => COMPARE.includes(mod)) as CompareOp | undefined;
  if (compare !== undefined) return [{ kind: 'compare', op: compare, value: numberOf(value, compare, path) }];
  const part = mods.find((mod) => PARTS.includes(mod)) as TimePart | undefined;
  if (part !== undefined) return [{ kind: 'timepart', part, value: numberOf(value, part, path) }];
  if (has('cidr')) return [{ kind: 'cidr', network: networkOf(value, path) }];
  if (has('fieldref')) {
    if (typeof value !== 'string' || value === '')
      throw invalid(path, `fieldref takes the name of a field, found ${JSON.stringify(value)}`);
    const placement = (mods.find((mod) => PLACES.includes(mod)) as Placement | undefined) ?? 'whole';
    return [{ kind: 'fieldref', field: value, placement, cased: has('cased') }];
  }
  if (has('re')) {
    return expandText(value, has('expand'), path, placeholders).map((pattern): SigmaTest => {
      checkRegex(pattern, path);
      return {
        kind: 'regex',
        pattern,
        i: has('i') || has('ignorecase'),
        m: has('m') || has('multiline'),
        s: has('s') || has('dotall'),
      };
    });
  }
  if (value === null) {
    if (mods.some((mod) => mod !== 'neq' && mod !== 'all'))
      throw refused(path, 'modifier_combination', `null takes no modifier, found ${mods.join('|')}`);
    return [{ kind: 'null' }];
  }
  const textual = mods.filter(
    (mod) => PLACES.includes(mod) || ENCODERS.includes(mod) || mod === 'windash' || mod === 'expand' || mod === 'cased',
  );
  if (typeof value === 'boolean' && textual.length === 0) return [{ kind: 'bool', value }];
  if (typeof value === 'number' && textual.length === 0) return [{ kind: 'number', value }];
  const texts = has('expand') ? expandText(value, true, path, placeholders) : [String(value)];
  return texts
    .flatMap((text) => encoded(text, mods, path))
    .map((text): SigmaTest => ({ kind: 'text', text, cased: has('cased') || has('base64') || has('base64offset') }));
}

/** Applies the text modifiers left to right; the order matters (`wide|base64offset|contains`). */
function encoded(value: string, mods: readonly Modifier[], path: string): readonly SigmaText[] {
  let texts: readonly SigmaText[] = [parseText(value)];
  let bytes: Bytes | null = null;
  const plain = (mod: Modifier): string => {
    const literal = texts.length === 1 ? literalOf(texts[0] as SigmaText) : null;
    if (literal === null) throw invalid(path, `${mod} takes a value without wildcards, found ${JSON.stringify(value)}`);
    return literal;
  };
  for (const mod of mods) {
    if (mod === 'contains' || mod === 'startswith' || mod === 'endswith') {
      texts = texts.map((text) => place(text, mod));
    } else if (mod === 'windash') {
      texts = texts.flatMap((text) => dashed(text));
      if (texts.length > 3125)
        throw refused(path, 'too_large', `windash makes ${texts.length} variants of ${JSON.stringify(value)}, more than 3,125`);
    } else if (mod === 'utf16le' || mod === 'wide' || mod === 'utf16be' || mod === 'utf16') {
      bytes = utf16(plain(mod), mod === 'utf16be' ? 'be' : mod === 'utf16' ? 'bom' : 'le');
      const raw = Buffer.from(bytes).toString('latin1');
      texts = [raw === '' ? [] : [raw]];
    } else if (mod === 'base64' || mod === 'base64offset') {
      const source: Bytes = bytes ?? utf8(plain(mod));
      texts = (mod === 'base64' ? [base64(source)] : base64Offsets(source)).map((text) => (text === '' ? [] : [text]));
      bytes = null;
    }
  }
  return texts;
}

function dashed(text: SigmaText): readonly SigmaText[] {
  let variants: readonly SigmaText[] = [[]];
  for (const part of text) {
    const ways = typeof part === 'string' ? windash(part).map((way): SigmaText => [way]) : [[part]];
    variants = variants.flatMap((head) => ways.map((way) => concatText(head, way)));
  }
  return variants;
}

/** Replaces `%name%`; `\%` is a percent sign. @throws rule.refused when a placeholder has no list */
function expandText(value: Scalar, expand: boolean, path: string, placeholders: Placeholders): readonly string[] {
  if (typeof value !== 'string') {
    if (typeof value === 'number') return [String(value)];
    throw invalid(path, `expected text, found ${JSON.stringify(value)}`);
  }
  if (!expand) return [value];
  let variants = [''];
  let from = 0;
  for (const match of value.matchAll(/(?<!\\)%([A-Za-z0-9_.-]+)(?<!\\)%/g)) {
    const name = match[1] as string;
    const list = Object.hasOwn(placeholders, name) ? placeholders[name] : undefined;
    if (list === undefined) {
      throw refused(path, 'unresolved_placeholder', `no list is known for the placeholder %${name}%`);
    }
    const before = value.slice(from, match.index);
    variants = variants.flatMap((head) => list.map((one) => head + before + String(one)));
    from = match.index + match[0].length;
  }
  const tail = value.slice(from);
  return variants.map((head) => (head + tail).replaceAll('\\%', '%'));
}

function numberOf(value: Scalar, mod: string, path: string): number {
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) throw invalid(path, `${mod} takes a number, found ${JSON.stringify(value)}`);
  return number;
}

function networkOf(value: Scalar, path: string): string {
  if (typeof value !== 'string') throw invalid(path, `cidr takes a network, found ${JSON.stringify(value)}`);
  try {
    const [address, prefix] = ipaddr.parseCIDR(value.includes('/') ? value : `${value}/${value.includes(':') ? 128 : 32}`);
    return `${address.toString()}/${prefix}`;
  } catch (thrown) {
    throw invalid(
      path,
      `cidr takes an IPv4 or IPv6 network such as 10.0.0.0/8, found ${JSON.stringify(value)}: ${(thrown as Error).message}`,
    );
  }
}
