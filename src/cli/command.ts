import type { ParseArgsOptionDescriptor } from 'node:util';
import type { RunContext } from '../core/context.ts';

/** Where a command reads and writes; tests give their own. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: AsyncIterable<Buffer | string>;
  /** Resolves when the text is taken: a slow reader of a pipe holds the command back instead of filling its memory. */
  readonly out: (text: string) => Promise<void>;
  /** For people: messages and progress. */
  readonly err: (text: string) => void;
  /** Standard output is a terminal: tables by default. */
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  readonly columns: number;
}

export interface OptionSpec extends ParseArgsOptionDescriptor {
  /** What stands for the value in the help: `FILE`. Absent for a switch. */
  readonly value?: string;
  readonly help: string;
}

export interface Invocation {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;
  readonly positionals: readonly string[];
  readonly io: Io;
  readonly ctx: RunContext;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Positionals as the help shows them: `PROJECT/LOGSTORE [FILE]`. */
  readonly usage: string;
  /** Fewest and most positionals. */
  readonly positionals: readonly [number, number];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Lines below the options: what is worth knowing. */
  readonly notes: readonly string[];
  /** Answers the exit code. @throws SluiceError */
  run(invocation: Invocation): Promise<number>;
}

/** 0 done, 1 the work failed, 2 the command was wrong, 3 the server cannot be reached or does not let us in, 130 interrupted. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3, interrupted: 130 } as const;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A text option, or undefined. */
export function text(values: Invocation['values'], name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function isOn(values: Invocation['values'], name: string): boolean {
  return values[name] === true;
}

/** Every value of an option that may be repeated. */
export function texts(values: Invocation['values'], name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? (value as readonly unknown[]).filter((item) => typeof item === 'string') : [];
}

/** A whole number option. @throws UsageError */
export function whole(values: Invocation['values'], name: string, byDefault: number, min = 0): number {
  const given = text(values, name);
  if (given === undefined) return byDefault;
  const number = Number(given);
  if (!Number.isSafeInteger(number) || number < min) throw new UsageError(`--${name} is ${given}, expected a whole number from ${min} on`);
  return number;
}

/** `p/l` of a positional. @throws UsageError */
export function logstorePath(given: string | undefined): { readonly project: string; readonly logstore: string } {
  const [project, logstore, ...more] = (given ?? '').split('/');
  if (project === undefined || project === '' || logstore === undefined || logstore === '' || more.length > 0)
    throw new UsageError(`${given ?? 'nothing'} is no logstore, expected PROJECT/LOGSTORE`);
  return { project, logstore };
}
