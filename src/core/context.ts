import type { Clock } from './clock.ts';

/** Facts of one log line; the message itself is a constant (style: pino). Never a secret, a log's content or query text. */
export type LogFacts = Readonly<Record<string, unknown>>;

export interface Logger {
  debug(facts: LogFacts, message: string): void;
  info(facts: LogFacts, message: string): void;
  warn(facts: LogFacts, message: string): void;
  error(facts: LogFacts, message: string): void;
  child(facts: LogFacts): Logger;
}

/**
 * What a part counts. One call both counts and, where it has a level, logs, so that the two agree (telemetry/signals.ts declares every name, unit and help).
 */
export interface Metrics {
  /** Adds to a counter. */
  count(name: string, labels: Readonly<Record<string, string>>, by?: number): void;
  /** Sets a gauge. */
  gauge(name: string, labels: Readonly<Record<string, string>>, value: number): void;
  /** Observes a duration or size in a histogram. */
  observe(name: string, labels: Readonly<Record<string, string>>, value: number): void;
}

/** What every call that waits or reports is given, as its last parameter. */
export interface RunContext {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface Health {
  readonly ok: boolean;
  readonly detail: string;
}

/** The same context with a deadline: whichever of the caller's signal and the time comes first. */
export function withTimeout(ctx: RunContext, ms: number): RunContext {
  return { ...ctx, signal: AbortSignal.any([ctx.signal, AbortSignal.timeout(ms)]) };
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const uncounted: Metrics = { count() {}, gauge() {}, observe() {} };

/** A context that neither logs nor counts: for tests, benches and one-shot commands. */
export function quietContext(clock: Clock, signal: AbortSignal = new AbortController().signal): RunContext {
  return { signal, clock, log: silent, metrics: uncounted };
}
