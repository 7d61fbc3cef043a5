import { SluiceError } from '../../core/errors.ts';

/** Numbers of the engine for a value that cannot be computed: throwIf, division by zero, overflow, parsing and casts, more than one row. */
const VALUE_ERRORS = new Set([395, 117, 153, 407, 6, 27, 38, 41, 70, 72, 125, 131, 190, 349, 376, 427, 441, 691]);
/** The engine lacks something the compiler asked for. */
const NOT_IMPLEMENTED = 48;

/** What a person's query met in the engine: an error of a value says which, without the engine's inner words. */
export function valueError(error: SluiceError): SluiceError {
  if (error.code !== 'store.query') return error;
  const code = Number(error.details['clickhouseCode']);
  if (VALUE_ERRORS.has(code)) {
    const message = reason(error.message, code);
    return new SluiceError('query.value', message, { ...error.details, reason: message }, { cause: error });
  }
  if (code === NOT_IMPLEMENTED) {
    return new SluiceError(
      'query.refused',
      'the engine cannot run this form of query; a join often says the same',
      { ...error.details, reason: 'not supported by the engine' },
      { cause: error },
    );
  }
  return error;
}

function reason(message: string, code: number): string {
  const own =
    /(?:DB::Exception: )?(.*?)(?:: while executing|: In scope|\. \(|$)/s.exec(message.replace(/^.*?DB::Exception: /s, ''))?.[1]?.trim() ??
    message;
  if (code === 125) return 'a subquery gave more than one row';
  if (code === 153) return 'division by zero';
  return own.length > 200 ? 'a value cannot be computed' : own;
}
