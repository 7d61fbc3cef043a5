/** An error of the engine, or of what stands before it in its words: number, name and text. Source: ClickHouse ErrorCodes. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly engineCode: number;

  constructor(engineCode: number, text: string, options?: ErrorOptions) {
    super(text, options);
    this.engineCode = engineCode;
  }
}

/** What a session threw, with the number that stands in its text; 1001 (`STD_EXCEPTION`) when there is none. */
export function engineError(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const found = /Code: (\d+)\. DB::/.exec(text);
  if (found !== null) return new EngineError(Number(found[1]), text, { cause: thrown });
  return new EngineError(1001, `Code: 1001. DB::Exception: ${text} (STD_EXCEPTION)`, { cause: thrown });
}

/** An error of our own in the engine's words. */
export function refusal(code: number, name: string, message: string): EngineError {
  return new EngineError(code, `Code: ${code}. DB::Exception: ${message} (${name})`);
}

const STATUS: Readonly<Record<number, number>> = { 62: 400, 60: 404, 81: 404, 516: 403, 194: 401, 159: 408, 241: 500, 115: 400, 456: 400 };

/** HTTP status that a server gives the error. */
export function httpStatus(code: number): number {
  return STATUS[code] ?? 500;
}
