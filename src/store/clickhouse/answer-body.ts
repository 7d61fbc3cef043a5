import { SluiceError } from '../../core/errors.ts';
import { engineCode, storeError, type Asked } from './store-error.ts';

/** Header of a server (25.11 and later) that names the marker it puts before an error that comes after the first bytes of an answer. */
export const EXCEPTION_TAG = 'x-clickhouse-exception-tag';

/** What stands between an answer that began well and the text of its error. Source: ClickHouse HTTP interface, "HTTP response code caveats". */
export function exceptionMark(tag: string): string {
  return `\r\n__exception__\r\n${tag}\r\n`;
}

/**
 * The bytes of an answer without the error that may end them.
 * @throws store.* when the engine failed in the middle
 */
export async function* answerBytes(body: AsyncIterable<Uint8Array>, tag: string | undefined, asked: Asked): AsyncGenerator<Buffer> {
  const mark = tag === undefined ? null : Buffer.from(exceptionMark(tag));
  let carry: Buffer = Buffer.alloc(0);
  let failure: Buffer[] | null = null;
  for await (const piece of body) {
    const chunk = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    if (failure !== null) failure.push(chunk);
    else if (mark === null) yield chunk;
    else {
      const joined: Buffer = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
      const at = joined.indexOf(mark);
      if (at >= 0) {
        if (at > 0) yield joined.subarray(0, at);
        failure = [joined.subarray(at + mark.length)];
        continue;
      }
      // The mark may be cut in two by the network: its possible beginning waits for the next piece.
      const keep = tailThatMayBegin(joined, mark);
      if (joined.length > keep) yield joined.subarray(0, joined.length - keep);
      carry = joined.subarray(joined.length - keep);
    }
  }
  if (failure !== null) {
    const text = Buffer.concat(failure).toString('utf8').split('\r\n')[0]!;
    throw storeError(engineCode(text) ?? 0, text, asked);
  }
  if (carry.length > 0) yield carry;
}

function tailThatMayBegin(chunk: Buffer, mark: Buffer): number {
  const from = Math.max(0, chunk.length - mark.length + 1);
  for (let at = chunk.indexOf(0x0d, from); at >= 0; at = chunk.indexOf(0x0d, at + 1)) {
    if (chunk.subarray(at).equals(mark.subarray(0, chunk.length - at))) return chunk.length - at;
  }
  return 0;
}

/** Rows of a JSONCompactEachRow answer, as they come: one block per piece of the network, parsed in one call. @throws store.* */
export async function* rowBlocks(body: AsyncIterable<Buffer>, asked: Asked): AsyncGenerator<(readonly unknown[])[]> {
  let rest: Buffer[] = [];
  for await (const chunk of body) {
    const end = chunk.lastIndexOf(0x0a);
    if (end < 0) {
      rest.push(chunk);
      continue;
    }
    const text = Buffer.concat([...rest, chunk.subarray(0, end)]).toString('utf8');
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    if (text !== '') yield parseLines(text, asked);
  }
  const text = Buffer.concat(rest).toString('utf8');
  if (text !== '') yield parseLines(text, asked);
}

function parseLines(text: string, asked: Asked): unknown[][] {
  // A raw line feed stands only between rows: inside values it is escaped.
  return parseJson(`[${text.replaceAll('\n', ',')}]`, asked) as unknown[][];
}

/** JSON of the engine. A server before 25.11 writes a late error in the middle of it. @throws store.* */
export function parseJson(text: string, asked: Asked): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const tail = text.slice(-16_384);
    const at = tail.search(/Code: \d+\. DB::Exception/);
    if (at >= 0) throw storeError(engineCode(tail.slice(at)) ?? 0, tail.slice(at), asked);
    throw new SluiceError('store.unavailable', 'the answer of the store was cut off', { bytes: text.length }, { cause: thrown });
  }
}
