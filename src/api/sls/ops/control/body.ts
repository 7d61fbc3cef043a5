import type { z } from 'zod';
import { withoutNulls } from '../../../../control/without-nulls.ts';
import type { SlsRequest } from '../../operation.ts';
import { SlsError } from '../../sls-error.ts';

/** The JSON body in the shape an operation wants. @throws SlsError with the code, naming each wrong property */
export function bodyOf<S extends z.ZodType>(request: SlsRequest, schema: S, errorCode = 'PostBodyInvalid'): z.output<S> {
  const parsed = schema.safeParse(withoutNulls(request.json(errorCode)));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.') || 'body'}: ${issue.message}`);
  throw new SlsError(errorCode, problems.join('; '));
}

/** The body as an object we keep as it is. */
export function objectOf(request: SlsRequest, errorCode = 'PostBodyInvalid'): Record<string, unknown> {
  const body = request.json(errorCode);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new SlsError(errorCode, 'the body is not a JSON object');
  return body as Record<string, unknown>;
}
