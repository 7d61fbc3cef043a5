import type { SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';

/** A record its receiver refused for good. */
export interface DeadLetter {
  readonly project: string;
  readonly logstore: string;
  readonly shard: number;
  /** `<cursor>:<index>` of the log. */
  readonly identity: string;
  readonly target: string;
  readonly error: SluiceError;
  /** The record as it was sent. */
  readonly record: Buffer;
}

/** Keeps refused records with their reason, to be looked at and sent again. Resolves when they are durable: only then the checkpoint moves past them. */
export interface DeadLetters {
  write(letters: readonly DeadLetter[], ctx: RunContext): Promise<void>;
  close(): Promise<void>;
}
