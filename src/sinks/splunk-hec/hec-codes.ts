import { SluiceError } from '../../core/errors.ts';

/**
 * What a HEC answer means for us. Switch on `code`, never on the text: the wording of some differs between versions (Splunk, "Troubleshoot HTTP Event Collector").
 */
export type HecMeaning = 'ok' | 'slow-down' | 'auth' | 'record' | 'configuration' | 'ack-off' | 'retry' | 'new-channel';

const MEANING: Readonly<Record<number, HecMeaning>> = {
  0: 'ok',
  1: 'auth',
  2: 'auth',
  3: 'auth',
  4: 'auth',
  5: 'record',
  6: 'record',
  7: 'configuration',
  8: 'retry',
  9: 'retry',
  10: 'new-channel',
  11: 'new-channel',
  12: 'record',
  13: 'record',
  14: 'ack-off',
  15: 'record',
  16: 'configuration',
  17: 'ok',
  18: 'retry',
  19: 'retry',
  20: 'retry',
  21: 'auth',
  22: 'auth',
  23: 'retry',
  24: 'slow-down',
  25: 'slow-down',
  26: 'retry',
  27: 'new-channel',
};

/** Code 7. */
export const INCORRECT_INDEX = 7;

export interface HecAnswer {
  readonly status: number;
  readonly code: number | null;
  readonly text: string;
  /** 0-based number of the event that was wrong. */
  readonly invalidEvent: number | null;
  readonly ackId: number | null;
  readonly retryAfterSec: number;
}

/** Reads a HEC body; a body that is not HEC's (a proxy, a wrong address) has code null. */
export function readHecAnswer(status: number, body: Buffer, retryAfter: string | undefined): HecAnswer {
  const retryAfterSec = retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : 0;
  const text = body.toString('utf8');
  try {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const number = (name: string): number | null => (typeof parsed[name] === 'number' ? (parsed[name] as number) : null);
    return {
      status,
      code: number('code'),
      text: typeof parsed.text === 'string' ? parsed.text : '',
      invalidEvent: number('invalid-event-number'),
      ackId: number('ackId'),
      retryAfterSec,
    };
  } catch {
    return { status, code: null, text: text.slice(0, 200), invalidEvent: null, ackId: null, retryAfterSec };
  }
}

export function hecMeaning(answer: HecAnswer): HecMeaning {
  if (answer.code !== null)
    return MEANING[answer.code] ?? (answer.status >= 500 || answer.status === 429 ? 'retry' : answer.status === 200 ? 'ok' : 'record');
  if (answer.status === 401 || answer.status === 403) return 'auth';
  if (answer.status === 408 || answer.status === 429 || answer.status >= 500) return 'retry';
  if (answer.status === 413) return 'record';
  return answer.status >= 200 && answer.status < 300 ? 'ok' : 'configuration';
}

/** An answer for people. */
export function hecWords(answer: HecAnswer, target: string): string {
  return `${target} answered ${answer.status}${answer.code === null ? '' : ` code ${answer.code}`}: ${answer.text}`;
}

/** The error of an answer that is no success. */
export function hecError(answer: HecAnswer, target: string): SluiceError {
  const meaning = hecMeaning(answer);
  const words = hecWords(answer, target);
  const details = { target, status: answer.status, hecCode: answer.code, retryAfterSec: answer.retryAfterSec };
  if (meaning === 'auth') return new SluiceError('sink.auth', `${words}; check the token`, details);
  if (meaning === 'configuration')
    return new SluiceError('sink.auth', `${words}; check the address, the index and that HEC is on`, details);
  if (meaning === 'ack-off')
    return new SluiceError('sink.auth', `${words}; the token has no indexer acknowledgement, set ack to off to ship without it`, details);
  if (meaning === 'record') return new SluiceError('sink.rejected', words, details);
  return new SluiceError('sink.busy', words, details);
}
