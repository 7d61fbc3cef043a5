import { pino, type DestinationStream, type Logger as Pino } from 'pino';
import type { LogFacts, Logger } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';

/** Facts whose name says they are secret never reach a log line, wherever they stand (pino's paths would only know fixed places). */
const SECRET_NAME = /secret|password|passwd|token|credential|private.?key|master.?key|authorization|cookie|signature|csrf/i;
const MAX_DEPTH = 6;

/** A copy without secrets; errors as code, message, stack and cause. */
export function redacted(value: unknown, depth = 0): unknown {
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return {
      name,
      message,
      ...(value instanceof SluiceError ? { code: value.code, details: redacted(value.details, depth + 1) } : {}),
      stack,
      ...(cause === undefined || depth >= MAX_DEPTH ? {} : { cause: redacted(cause, depth + 1) }),
    };
  }
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => redacted(item, depth + 1));
  if (value instanceof Map || value instanceof Set) return `${value.size} entries`;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      SECRET_NAME.test(name) && item !== null && item !== undefined && typeof item !== 'boolean' && typeof item !== 'number'
        ? '***'
        : redacted(item, depth + 1),
    ]),
  );
}

function over(log: Pino): Logger {
  const write =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (facts: LogFacts, message: string): void => {
      if (log.isLevelEnabled(level)) log[level](redacted(facts) as object, message);
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (facts) => over(log.child(redacted(facts) as Record<string, unknown>)),
  };
}

/** JSON lines, one a fact: `{"level":"info","time":"…Z","msg":"…",…}`. @param to the standard error stream when not given */
export function createLogger(level: 'debug' | 'info' | 'warn' | 'error', to?: DestinationStream): Logger {
  return over(
    pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      to ?? pino.destination({ dest: 2, sync: true }),
    ),
  );
}
