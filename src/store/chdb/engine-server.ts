import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createInflate } from 'node:zlib';
import { EXCEPTION_TAG, exceptionMark } from '../clickhouse/answer-body.ts';
import { engineError, httpStatus, refusal } from './engine-error.ts';
import type { Answer, Run, SessionPool } from './session-pool.ts';
import { quoted, readStatement, type Statement } from './statement.ts';

/** Parameters of the HTTP interface that are no settings. Source: ClickHouse HTTP interface. */
const NOT_SETTINGS = new Set([
  'query',
  'query_id',
  'database',
  'default_format',
  'user',
  'password',
  'session_id',
  'session_timeout',
  'session_check',
  'quota_key',
  'role',
  'compress',
  'decompress',
  'enable_http_compression',
  'wait_end_of_query',
  'buffer_size',
  'stacktrace',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'cancel_http_readonly_queries_on_client_close',
]);
/** Settings that a session could not take back afterwards. */
const REFUSED = new Set(['readonly', 'allow_ddl', 'profile']);

export interface EngineServerOptions {
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly bodyFolder: string;
}

interface Call {
  readonly text: string;
  /** The text came in the URL: the body is rows, or the rest of the text. */
  readonly hasBody: boolean;
  readonly run: Omit<Run, 'text'>;
  readonly format: string;
  readonly mark: string;
}

/**
 * The embedded engine's door: the HTTP interface of a ClickHouse server, as far as clients use it: statements by GET and POST, rows in the body of an INSERT, settings and
 * `param_<name>` in the URL, errors with their number, the error that comes in the middle of an answer behind its mark, `/ping`. A client that leaves stops its statement.
 */
export class EngineServer {
  readonly #options: EngineServerOptions;
  readonly #pool: SessionPool;
  readonly #control: SessionPool;
  readonly #server: Server;
  readonly #structures = new Map<string, string>();
  #bodies = 0;

  /** `control`: sessions of its own for what looks after the others: kills and the columns of tables. */
  constructor(options: EngineServerOptions, pool: SessionPool, control: SessionPool) {
    this.#options = options;
    this.#pool = pool;
    this.#control = control;
    // Parameters travel in the URL: lists of words to look for make it long (a server takes 1 MB).
    this.#server = createServer({ maxHeaderSize: 16 * 1024 ** 2, requestTimeout: 0, keepAliveTimeout: 60_000 }, (request, response) => {
      void this.#answer(request, response);
    });
  }

  /** Answers the port. @throws the error of listen() */
  async listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.once('error', reject);
    this.#server.listen(port, host, () => {
      const address = this.#server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
    return await promise;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://engine');
      if (request.method === 'GET' && (url.pathname === '/ping' || (url.pathname === '/' && url.search === ''))) {
        response.end('Ok.\n');
        return;
      }
      if (url.pathname !== '/') throw refusal(404, 'NOT_FOUND', `there is nothing at ${url.pathname}`);
      this.#admit(request, url);
      await this.#statement(request, response, url);
    } catch (thrown) {
      fail(response, thrown);
    }
  }

  /** @throws EngineError 516 for a wrong user or password */
  #admit(request: IncomingMessage, url: URL): void {
    let user = header(request, 'x-clickhouse-user') ?? url.searchParams.get('user');
    let password = header(request, 'x-clickhouse-key') ?? url.searchParams.get('password');
    const basic = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (basic !== undefined) {
      const pair = Buffer.from(basic, 'base64').toString('utf8');
      const colon = pair.indexOf(':');
      user = colon < 0 ? pair : pair.slice(0, colon);
      password = colon < 0 ? '' : pair.slice(colon + 1);
    }
    if (same(user ?? '', this.#options.user) && same(password ?? '', this.#options.password)) return;
    throw refusal(516, 'AUTHENTICATION_FAILED', 'Authentication failed: password is incorrect, or there is no user with such name.');
  }

  async #statement(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const gone = new AbortController();
    const call = await this.#read(request, url);
    const statement = readStatement(call.text, call.hasBody);
    if (request.method === 'GET' && statement.kind !== 'read') throw refusal(164, 'READONLY', 'a GET request only reads; use POST');
    // The engine does not hear that the client left: the mark finds the statement among those that run.
    let answered = false;
    response.on('close', () => {
      if (answered) return;
      gone.abort();
      this.#kill(call.mark);
    });
    try {
      if (statement.kind === 'rows') await this.#rows(request, response, statement, call, gone.signal);
      else await this.#plain(response, statement, call, gone.signal);
    } finally {
      answered = true;
    }
  }

  async #read(request: IncomingMessage, url: URL): Promise<Call> {
    const settings = new Map<string, string>();
    const params = new Map<string, string>();
    for (const [name, value] of url.searchParams) {
      if (name.startsWith('param_')) params.set(parameterName(name.slice(6)), value);
      else if (!NOT_SETTINGS.has(name)) settings.set(settingName(name), value);
    }
    const inUrl = url.searchParams.get('query');
    const isRows = inUrl !== null && /\bINSERT\b/i.test(inUrl) && hasBody(request);
    const body = isRows || !hasBody(request) ? '' : await bodyText(request);
    const mark = settings.get('log_comment') ?? url.searchParams.get('query_id') ?? randomUUID();
    settings.set('log_comment', mark);
    return {
      text: isRows ? inUrl : `${inUrl ?? ''}${inUrl !== null && body !== '' ? '\n' : ''}${body}`,
      hasBody: isRows,
      run: { database: url.searchParams.get('database') ?? this.#options.database, settings, params },
      format: url.searchParams.get('default_format') ?? header(request, 'x-clickhouse-format') ?? 'TabSeparated',
      mark,
    };
  }

  async #plain(response: ServerResponse, statement: Exclude<Statement, { kind: 'rows' }>, call: Call, gone: AbortSignal): Promise<void> {
    const run: Run = { ...call.run, text: statement.text };
    const format = statement.kind === 'read' && statement.format !== null ? statement.format : call.format;
    if (statement.kind === 'kill') return await send(response, await this.#control.run(run, 'TSVWithNames', gone), 'TSV');
    // Whole answers are a call less than pieces; only reads have something to stream.
    const answer = await this.#pool.run(run, statement.kind === 'read' ? format : 'TSVWithNames', gone);
    if (statement.kind === 'change') this.#structures.clear();
    await send(response, answer, format);
  }

  async #rows(
    request: IncomingMessage,
    response: ServerResponse,
    statement: Extract<Statement, { kind: 'rows' }>,
    call: Call,
    gone: AbortSignal,
  ): Promise<void> {
    const file = join(this.#options.bodyFolder, `rows-${process.pid}-${++this.#bodies}`);
    try {
      await keep(request, file);
      const { structure, columns } = await this.#structure(call.run.database, statement, gone);
      const names = columns.map((name) => `\`${name}\``).join(', ');
      const text = `INSERT INTO ${statement.table} (${names}) SELECT ${names} FROM file(${quoted(file)}, '${statement.format}', ${quoted(structure)})`;
      const settings = new Map(call.run.settings);
      // One part a call, and a token that holds for INSERT … SELECT as it does for rows.
      settings.set('max_insert_threads', '1');
      settings.set('max_threads', '1');
      settings.set('deduplicate_insert_select', 'enable_even_for_bad_queries');
      try {
        await send(response, await this.#pool.run({ ...call.run, settings, text }, 'TSVWithNames', gone), 'TSV');
      } catch (thrown) {
        // The table may have changed since its columns were read.
        this.#structures.clear();
        throw thrown;
      }
    } finally {
      await rm(file, { force: true });
    }
  }

  /** Columns of the rows with the types to read them with. */
  async #structure(
    database: string,
    statement: Extract<Statement, { kind: 'rows' }>,
    gone: AbortSignal,
  ): Promise<{ readonly structure: string; readonly columns: readonly string[] }> {
    const dot = statement.table.indexOf('.');
    const [from, table] = dot < 0 ? [database, statement.table] : [statement.table.slice(0, dot), statement.table.slice(dot + 1)];
    const key = `${from}.${table}`;
    let types = this.#structures.get(key);
    if (types === undefined) {
      const text = `SELECT name, type FROM system.columns WHERE database = ${quoted(from)} AND table = ${quoted(table)}`;
      const run: Run = { text, database: this.#options.database, settings: new Map(), params: new Map() };
      const pieces: Uint8Array[] = [];
      for await (const piece of (await this.#control.run(run, 'JSONCompact', gone)).pieces) pieces.push(piece);
      types = Buffer.concat(pieces).toString('utf8');
      this.#structures.set(key, types);
    }
    const known = new Map((JSON.parse(types) as { data: [string, string][] }).data);
    if (known.size === 0) {
      this.#structures.delete(key);
      throw refusal(60, 'UNKNOWN_TABLE', `Table ${key} does not exist.`);
    }
    const columns = statement.columns ?? [...known.keys()];
    const parts = columns.map((name) => {
      const type = known.get(name);
      if (type === undefined) throw refusal(16, 'NO_SUCH_COLUMN_IN_TABLE', `No such column ${name} in table ${key}`);
      // Read as String and cast by blocks: a LowCardinality column read row by row costs a quarter of the whole insert.
      return `\`${name}\` ${type.replace(/^LowCardinality\((String)\)$/, '$1')}`;
    });
    return { structure: parts.join(', '), columns };
  }

  #kill(mark: string): void {
    const run: Run = {
      text: `KILL QUERY WHERE Settings['log_comment'] = ${quoted(mark)} ASYNC`,
      database: this.#options.database,
      settings: new Map(),
      params: new Map(),
    };
    // The statement may have ended by itself meanwhile: there is nobody left to tell.
    this.#control.run(run, 'TSVWithNames', new AbortController().signal).catch((thrown: unknown) => {
      process.emitWarning(`a statement whose client left could not be stopped: ${engineError(thrown).message}`);
    });
  }
}

function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === 'string' ? value : null;
}

function same(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

function settingName(name: string): string {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) throw refusal(115, 'UNKNOWN_SETTING', `Unknown setting ${name.slice(0, 100)}`);
  if (REFUSED.has(name)) throw refusal(164, 'READONLY', `the setting ${name} cannot be given for one statement here`);
  return name;
}

function parameterName(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw refusal(36, 'BAD_ARGUMENTS', `${name.slice(0, 100)} is no name of a parameter`);
  return name;
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** The body without its compression. */
function plainBody(request: IncomingMessage): AsyncIterable<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return request as AsyncIterable<Buffer>;
  if (encoding === 'gzip') return request.pipe(createGunzip()) as AsyncIterable<Buffer>;
  if (encoding === 'deflate') return request.pipe(createInflate()) as AsyncIterable<Buffer>;
  throw refusal(89, 'UNKNOWN_COMPRESSION_METHOD', `Content-Encoding ${encoding} is not known here; expected gzip or deflate`);
}

/** Statements are texts: what is longer than this is no statement. */
const MAX_STATEMENT_BYTES = 64 * 1024 ** 2;

async function bodyText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of plainBody(request)) {
    bytes += piece.length;
    if (bytes > MAX_STATEMENT_BYTES) throw refusal(307, 'TOO_MANY_BYTES', `a statement has at most ${MAX_STATEMENT_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

async function keep(request: IncomingMessage, file: string): Promise<void> {
  await pipeline(plainBody(request), createWriteStream(file, { mode: 0o600, highWaterMark: 1024 ** 2 }));
}

async function send(response: ServerResponse, answer: Answer, format: string): Promise<void> {
  const tag = randomUUID().replaceAll('-', '').slice(0, 16);
  response.writeHead(200, {
    'content-type': contentType(format),
    'x-clickhouse-format': format,
    [EXCEPTION_TAG]: tag,
    'x-clickhouse-summary': JSON.stringify({
      read_rows: String(answer.rowsRead),
      read_bytes: String(answer.bytesRead),
      elapsed_ns: String(Math.round(answer.elapsedSec * 1e9)),
    }),
  });
  try {
    for await (const piece of answer.pieces) {
      if (response.destroyed) return;
      if (!response.write(piece)) await drained(response);
    }
  } catch (thrown) {
    response.write(`${exceptionMark(tag)}${engineError(thrown).message}\r\n`);
  }
  response.end();
}

async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}

function contentType(format: string): string {
  const name = format.toLowerCase();
  if (name.endsWith('eachrow')) return 'application/x-ndjson; charset=UTF-8';
  if (name.startsWith('json')) return 'application/json; charset=UTF-8';
  if (name.startsWith('t')) return 'text/tab-separated-values; charset=UTF-8';
  return 'application/octet-stream';
}

function fail(response: ServerResponse, thrown: unknown): void {
  const failed = engineError(thrown);
  if (response.destroyed) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(httpStatus(failed.engineCode), {
    'content-type': 'text/plain; charset=UTF-8',
    'x-clickhouse-exception-code': String(failed.engineCode),
  });
  response.end(`${failed.message}\n`);
}
