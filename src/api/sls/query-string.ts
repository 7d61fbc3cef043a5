import type { SlsQuery } from './operation.ts';
import { SlsError } from './sls-error.ts';

/** A parameter as it was sent, decoded: `k` without `=` has the value ''. */
export type Parameter = readonly [name: string, value: string];

/** Decodes percent signs and plus signs, as SDKs write forms; what is not a valid escape stays as it is. */
export function decodeForm(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Not UTF-8, or a lone %: the signature is made over the text, so keep it.
    return spaced;
  }
}

/** The parameters of a query string without its `?`, in the order sent. */
export function parseQuery(text: string): Parameter[] {
  if (text === '') return [];
  const parameters: Parameter[] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    parameters.push(equals < 0 ? [decodeForm(part), ''] : [decodeForm(part.slice(0, equals)), decodeForm(part.slice(equals + 1))]);
  }
  return parameters;
}

/** The same without decoding: what a client signs that encodes only afterwards. */
export function rawQuery(text: string): Parameter[] {
  return text
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      return equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
    });
}

/** The parameters as operations ask for them. */
export function queryOf(parameters: readonly Parameter[]): SlsQuery {
  const get = (name: string): string | undefined => parameters.find(([key, value]) => key === name && value !== '')?.[1];
  return {
    get,
    flag(name) {
      const value = get(name)?.toLowerCase();
      return value === 'true' || value === '1';
    },
    int(name, fallback) {
      const value = get(name);
      if (value === undefined) return fallback;
      if (!/^-?\d{1,15}$/.test(value)) throw new SlsError('ParameterInvalid', `parameter ${name} is ${value}, expected a whole number`);
      return Number(value);
    },
    names: () => parameters.filter(([, value]) => value !== '').map(([key]) => key),
  };
}
