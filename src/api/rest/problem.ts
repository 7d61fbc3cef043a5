import type { ZodError } from 'zod';
import { asSluiceError, ERRORS, SluiceError } from '../../core/errors.ts';
import type { Problem } from './contract/base.ts';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** Details that are for machines but not for strangers. */
const HIDDEN = new Set(['stack']);

/** Codes of fastify's own refusals. */
function ofFastify(thrown: Error & { readonly code?: string; readonly statusCode?: number }): SluiceError | null {
  switch (thrown.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new SluiceError('request.too_large', 'the body is larger than the server takes', {}, { cause: thrown });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new SluiceError('request.media_type', `${thrown.message.toLowerCase()}, expected application/json`, {}, { cause: thrown });
    case 'FST_ERR_BAD_URL':
      return new SluiceError('request.invalid', 'the path is not well encoded', {}, { cause: thrown });
    default:
      if (thrown.statusCode !== undefined && thrown.statusCode >= 400 && thrown.statusCode < 500)
        return new SluiceError('request.invalid', thrown.message, {}, { cause: thrown });
      return null;
  }
}

/** Whatever was thrown on the way of a REST call. */
export function restError(thrown: unknown): SluiceError {
  if (thrown instanceof SluiceError) return thrown;
  if (thrown instanceof Error) {
    const known = ofFastify(thrown);
    if (known !== null) return known;
  }
  return asSluiceError(thrown);
}

/** What a zod schema found wrong, each with its JSON pointer below `part`. */
export function invalidRequest(part: 'params' | 'query' | 'body', error: ZodError): SluiceError {
  const errors = error.issues.flatMap((issue) => {
    const at = (path: readonly PropertyKey[]): string =>
      ['', part, ...path.map((p) => String(p).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
    // One entry for each name that does not belong there.
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: at([...issue.path, key]), message: 'is not known here' }));
    return [{ path: at(issue.path), message: issue.message.replace(/^Invalid input: /, '') }];
  });
  const [first] = errors;
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : '';
  return new SluiceError('request.invalid', `${first?.path ?? part}: ${first?.message ?? 'is wrong'}${more}`, { errors });
}

/** RFC 9457. A defect of ours (5xx without a retry hope) tells strangers nothing but where to look. */
export function problemOf(error: SluiceError, request: { readonly id: string; readonly path: string }): Problem {
  const entry = ERRORS[error.code];
  const unexpected = error.code === 'internal.unexpected';
  const { errors, ...details } = error.details as { errors?: Problem['errors'] } & Record<string, unknown>;
  const shown = unexpected ? {} : Object.fromEntries(Object.entries(details).filter(([name]) => !HIDDEN.has(name)));
  return {
    type: `/docs/errors#${error.code}`,
    title: entry.help,
    status: entry.status,
    code: error.code,
    detail: unexpected ? `something unexpected happened; the log line with request id ${request.id} says what` : error.message,
    instance: request.path,
    requestId: request.id,
    retry: entry.retry,
    ...(errors === undefined ? {} : { errors }),
    ...(Object.keys(shown).length === 0 ? {} : { details: shown }),
  };
}

/** JSON text of an answer; bigints as decimal text. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));
}
