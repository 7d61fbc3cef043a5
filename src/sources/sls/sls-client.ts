import { createHash, createHmac } from 'node:crypto';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { Agent, request, type Dispatcher } from 'undici';
import { decompress } from '../../core/codec.ts';
import { SluiceError, type ErrorCode } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import type { Codec } from '../../core/log.ts';
import type { ConsumerApi, PulledPage, RemoteCheckpoint, RemoteGroup, RemoteShard } from './consumer-api.ts';

/** How to reach a project of Sluice or of a real SLS account (sls-api §1). */
export interface SlsConnection {
  /** `https://cn-hangzhou.log.aliyuncs.com`, `http://127.0.0.1:7810`, or without a scheme (then https). */
  readonly endpoint: string;
  readonly project: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly securityToken?: string;
  /** PEM of extra certificate authorities. */
  readonly ca?: string;
  /** Limit of one call. */
  readonly timeoutMs: number;
  readonly userAgent: string;
}

/** Our word for an error of the service: what a consumer does next depends on it. */
function errorCodeOf(httpStatus: number, slsCode: string, message: string): ErrorCode {
  if (slsCode === 'ConsumerGroupQuotaExceed') return 'request.quota';
  if (httpStatus >= 500 || httpStatus === 429 || slsCode.endsWith('QuotaExceed')) return 'source.unreachable';
  // The clock of one side is wrong; it may be put right while we wait.
  if (slsCode === 'RequestTimeTooSkewed' || slsCode === 'RequestTimeExpired') return 'source.unreachable';
  if (httpStatus === 401 || httpStatus === 403) return 'source.auth';
  if (/InvalidCursor/i.test(slsCode) || (slsCode === 'ParameterInvalid' && /cursor/i.test(message))) return 'stream.cursor_expired';
  if (slsCode.endsWith('AlreadyExist') || slsCode === 'ConsumerNotMatch') return 'request.conflict';
  return httpStatus === 404 || slsCode.endsWith('NotExist') ? 'request.not_found' : 'request.invalid';
}

/** An error answer of the service: `slsCode` is its own word, `details.requestId` goes to its support. */
export class SlsServiceError extends SluiceError {
  readonly slsCode: string;
  readonly httpStatus: number;

  constructor(httpStatus: number, slsCode: string, message: string, requestId: string) {
    super(errorCodeOf(httpStatus, slsCode, message), `the log service answered ${httpStatus} ${slsCode}: ${message}`, {
      slsCode,
      httpStatus,
      requestId,
    });
    this.slsCode = slsCode;
    this.httpStatus = httpStatus;
  }
}

/** Endpoint rule of checklist K21: `https://` + host, or a bare host, with or without the project in front, port and path allowed. */
export function parseEndpoint(endpoint: string): { readonly scheme: 'http' | 'https'; readonly host: string; readonly port: number } {
  const match = /^(?:(https?):\/\/)?([^/:\s]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?(?:\/.*)?$/.exec(endpoint.trim());
  if (match === null)
    throw new SluiceError('config.invalid', `the endpoint ${JSON.stringify(endpoint)} is not a host name with optional scheme and port`, {
      endpoint,
    });
  const scheme = (match[1] ?? 'https') as 'http' | 'https';
  const port = match[3] === undefined ? (scheme === 'https' ? 443 : 80) : Number(match[3]);
  if (port < 1 || port > 65_535)
    throw new SluiceError('config.invalid', `the port of the endpoint ${JSON.stringify(endpoint)} is not between 1 and 65535`, {
      endpoint,
    });
  return { scheme, host: match[2]!, port };
}

/** The calls of a consumer and of a writer, signed with V1 (every SLS region and Sluice take it). */
export class SlsClient implements ConsumerApi {
  readonly project: string;
  readonly #connection: SlsConnection;
  readonly #origin: string;
  readonly #hostHeader: string;
  readonly #agent: Agent;

  constructor(connection: SlsConnection) {
    this.#connection = connection;
    this.project = connection.project;
    const { scheme, host, port } = parseEndpoint(connection.endpoint);
    const bare = host.startsWith(`${connection.project}.`) ? host.slice(connection.project.length + 1) : host;
    const defaultPort = scheme === 'https' ? 443 : 80;
    // An address or localhost has no wildcard DNS: connect there, and name the project in the Host header only.
    const local = isIP(bare) !== 0 || bare === 'localhost' || bare.endsWith('.localhost') || bare.startsWith('[');
    this.#origin = `${scheme}://${local ? bare : `${connection.project}.${bare}`}:${port}`;
    this.#hostHeader = `${connection.project}.${bare}${port === defaultPort ? '' : `:${port}`}`;
    this.#agent = new Agent({
      connections: 64,
      pipelining: 1,
      keepAliveTimeout: 30_000,
      connect: {
        timeout: 10_000,
        ...(connection.ca === undefined ? {} : { ca: connection.ca }),
        // Certificates there name the address itself; the name in the Host header, which undici would look for, has the project in front of it.
        ...(local && scheme === 'https'
          ? {
              checkServerIdentity: (_: string, certificate: PeerCertificate) =>
                checkServerIdentity(bare.replace(/^\[|\]$/g, ''), certificate),
            }
          : {}),
      },
    });
  }

  /** `https://host:port` that is connected to. */
  get origin(): string {
    return this.#origin;
  }

  /** The endpoint for people. */
  get target(): string {
    return `${this.#origin} project ${this.project}`;
  }

  /**
   * One signed call. `query` values are unencoded. @throws SlsServiceError; source.unreachable when there was no answer; aborted
   */
  async call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    query: Readonly<Record<string, string>>,
    body: { readonly bytes: Buffer; readonly type: string; readonly rawBytes?: number; readonly codec?: Codec } | null,
    headers: Readonly<Record<string, string>>,
    ctx: RunContext,
  ): Promise<{ readonly headers: Dispatcher.ResponseData['headers']; readonly body: Buffer }> {
    const send: Record<string, string> = {
      host: this.#hostHeader,
      date: new Date(ctx.clock.nowMs()).toUTCString(),
      'user-agent': this.#connection.userAgent,
      'x-log-apiversion': '0.6.0',
      'x-log-signaturemethod': 'hmac-sha1',
      'x-log-bodyrawsize': String(body === null ? 0 : (body.rawBytes ?? body.bytes.length)),
      ...headers,
    };
    if (this.#connection.securityToken !== undefined) send['x-acs-security-token'] = this.#connection.securityToken;
    if (body !== null) {
      send['content-type'] = body.type;
      send['content-md5'] = createHash('md5').update(body.bytes).digest('hex').toUpperCase();
      if (body.codec !== undefined && body.codec !== 'none') send['x-log-compresstype'] = body.codec;
    }
    send.authorization = `LOG ${this.#connection.accessKeyId}:${signV1(this.#connection.accessKeySecret, method, path, query, send)}`;
    const names = Object.keys(query).sort();
    const url = `${this.#origin}${path}${names.length === 0 ? '' : `?${names.map((name) => `${encodeURIComponent(name)}=${encodeURIComponent(query[name]!)}`).join('&')}`}`;
    let answer: Dispatcher.ResponseData;
    let bytes: Buffer;
    try {
      answer = await request(url, {
        method,
        headers: send,
        body: body?.bytes ?? null,
        dispatcher: this.#agent,
        signal: ctx.signal,
        headersTimeout: this.#connection.timeoutMs,
        bodyTimeout: this.#connection.timeoutMs,
      });
      bytes = Buffer.from(await answer.body.arrayBuffer());
    } catch (thrown) {
      if (ctx.signal.aborted) throw new SluiceError('aborted', 'the call to the log service was cancelled', {}, { cause: thrown });
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw new SluiceError(
        'source.unreachable',
        `no answer from ${this.#origin}: ${reason}`,
        { stage: stageOf(thrown), target: this.#origin },
        { cause: thrown },
      );
    }
    if (answer.statusCode !== 200) throw serviceError(answer.statusCode, bytes, answer.headers);
    return { headers: answer.headers, body: bytes };
  }

  async #json(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    query: Readonly<Record<string, string>>,
    body: unknown,
    ctx: RunContext,
  ): Promise<unknown> {
    const payload = body === undefined ? null : { bytes: Buffer.from(JSON.stringify(body)), type: 'application/json' };
    const answer = await this.call(method, path, query, payload, {}, ctx);
    if (answer.body.length === 0) return null;
    try {
      return JSON.parse(answer.body.toString('utf8')) as unknown;
    } catch (thrown) {
      throw new SluiceError(
        'source.unreachable',
        `the answer of ${method} ${path} is not JSON`,
        { target: this.#origin },
        { cause: thrown },
      );
    }
  }

  async listShards(logstore: string, ctx: RunContext): Promise<readonly RemoteShard[]> {
    return (await this.#json('GET', `/logstores/${logstore}/shards`, {}, undefined, ctx)) as RemoteShard[];
  }

  /** `from`: begin, end or Unix seconds of receive time. */
  async cursor(logstore: string, shard: number, from: string, ctx: RunContext): Promise<string> {
    return (
      (await this.#json('GET', `/logstores/${logstore}/shards/${shard}`, { type: 'cursor', from }, undefined, ctx)) as { cursor: string }
    ).cursor;
  }

  /** Receive time at a cursor, Unix s. */
  async cursorTime(logstore: string, shard: number, cursor: string, ctx: RunContext): Promise<number> {
    return (
      (await this.#json('GET', `/logstores/${logstore}/shards/${shard}`, { type: 'cursor_time', cursor }, undefined, ctx)) as {
        cursor_time: number;
      }
    ).cursor_time;
  }

  /** One page of at most `count` groups from `cursor`; with `query` the server filters and trims. */
  async pull(logstore: string, shard: number, cursor: string, count: number, query: string | null, ctx: RunContext): Promise<PulledPage> {
    const parameters: Record<string, string> = { type: 'log', cursor, count: String(count) };
    if (query !== null) {
      parameters.query = query;
      parameters.pullMode = 'scan_on_stream';
    }
    const { headers, body } = await this.call(
      'GET',
      `/logstores/${logstore}/shards/${shard}`,
      parameters,
      null,
      { accept: 'application/x-protobuf', 'accept-encoding': 'lz4' },
      ctx,
    );
    const header = (name: string): string => {
      const value = headers[name];
      return Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
    };
    const rawBytes = Number(header('x-log-bodyrawsize') || '0');
    const codec = (header('x-log-compresstype') || 'none') as Codec;
    const list = rawBytes === 0 ? EMPTY : codec === 'none' ? body : decompress(codec, body, rawBytes);
    const next = header('x-log-cursor');
    if (next === '')
      throw new SluiceError('source.unreachable', `the pull of ${logstore} shard ${shard} came without x-log-cursor`, {
        target: this.#origin,
      });
    return {
      list: Buffer.isBuffer(list) ? list : Buffer.from(list.buffer, list.byteOffset, list.byteLength),
      groups: Number(header('x-log-count') || '0'),
      next,
      atEnd: next === cursor || header('x-log-end-of-cursor') === '1',
      cursorTimeSec: Number(header('x-log-cursor-time') || '0'),
      linesRead: Number(header('x-log-rawdatalines') || '0'),
      linesKept: Number(header('x-log-resultlines') || '0'),
      wireBytes: body.length,
    };
  }

  async listGroups(logstore: string, ctx: RunContext): Promise<readonly RemoteGroup[]> {
    return (await this.#json('GET', `/logstores/${logstore}/consumergroups`, {}, undefined, ctx)) as RemoteGroup[];
  }

  async createGroup(logstore: string, group: string, timeoutSec: number, order: boolean, ctx: RunContext): Promise<void> {
    await this.#json('POST', `/logstores/${logstore}/consumergroups`, {}, { consumerGroup: group, timeout: timeoutSec, order }, ctx);
  }

  async updateGroup(logstore: string, group: string, timeoutSec: number, order: boolean, ctx: RunContext): Promise<void> {
    await this.#json('PUT', `/logstores/${logstore}/consumergroups/${group}`, {}, { timeout: timeoutSec, order }, ctx);
  }

  async heartbeat(logstore: string, group: string, consumer: string, held: readonly number[], ctx: RunContext): Promise<readonly number[]> {
    return (await this.#json(
      'POST',
      `/logstores/${logstore}/consumergroups/${group}`,
      { type: 'heartbeat', consumer },
      held,
      ctx,
    )) as number[];
  }

  async saveCheckpoint(
    logstore: string,
    group: string,
    consumer: string,
    shard: number,
    checkpoint: string,
    force: boolean,
    ctx: RunContext,
  ): Promise<void> {
    await this.#json(
      'POST',
      `/logstores/${logstore}/consumergroups/${group}`,
      { type: 'checkpoint', consumer, forceSuccess: String(force) },
      { shard, checkpoint },
      ctx,
    );
  }

  async checkpoints(logstore: string, group: string, ctx: RunContext): Promise<readonly RemoteCheckpoint[]> {
    return (await this.#json('GET', `/logstores/${logstore}/consumergroups/${group}`, {}, undefined, ctx)) as RemoteCheckpoint[];
  }

  /** Sends one LogGroup, compressed as `codec` says. */
  async putLogs(
    logstore: string,
    body: { readonly bytes: Buffer; readonly codec: Codec; readonly rawBytes: number },
    ctx: RunContext,
  ): Promise<void> {
    await this.call('POST', `/logstores/${logstore}/shards/lb`, {}, { ...body, type: 'application/x-protobuf' }, {}, ctx);
  }

  /** For preflight: the project as the service sees it. */
  async getProject(ctx: RunContext): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#json('GET', '/', {}, undefined, ctx)) as Record<string, unknown>;
  }

  async getLogstore(logstore: string, ctx: RunContext): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#json('GET', `/logstores/${logstore}`, {}, undefined, ctx)) as Record<string, unknown>;
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}

const EMPTY = Buffer.alloc(0);

/** Signature V1 of sls-api §1.6 from the client's side: decoded values, sorted by name. */
export function signV1(
  secret: string,
  method: string,
  path: string,
  query: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>>,
): string {
  const canonicalHeaders = Object.keys(headers)
    .filter((name) => (name.startsWith('x-log-') || name.startsWith('x-acs-')) && name !== 'x-log-date')
    .sort()
    .map((name) => `${name}:${headers[name]!.trim()}\n`)
    .join('');
  const names = Object.keys(query).sort();
  const resource = names.length === 0 ? path : `${path}?${names.map((name) => `${name}=${query[name]}`).join('&')}`;
  const text = `${method}\n${headers['content-md5'] ?? ''}\n${headers['content-type'] ?? ''}\n${headers['x-log-date'] ?? headers.date ?? ''}\n${canonicalHeaders}${resource}`;
  return createHmac('sha1', secret).update(text, 'utf8').digest('base64');
}

function serviceError(status: number, body: Buffer, headers: Dispatcher.ResponseData['headers']): SluiceError {
  const requestId = String(headers['x-log-requestid'] ?? '');
  try {
    const parsed = JSON.parse(body.toString('utf8')) as { errorCode?: string; errorMessage?: string };
    return new SlsServiceError(status, parsed.errorCode ?? 'BadResponse', parsed.errorMessage ?? '', requestId);
  } catch {
    // Not the service itself: a proxy or a wrong address answered. The text says which.
    return new SlsServiceError(status, 'BadResponse', body.subarray(0, 200).toString('utf8'), requestId);
  }
}

/** At which step a connection failed, for `details.stage`. */
export function stageOf(thrown: unknown): string {
  const code =
    thrown instanceof Error
      ? String((thrown as NodeJS.ErrnoException).code ?? (thrown.cause as NodeJS.ErrnoException | undefined)?.code ?? '')
      : '';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns';
  if (
    code === 'ECONNREFUSED' ||
    code === 'EHOSTUNREACH' ||
    code === 'ENETUNREACH' ||
    code === 'UND_ERR_CONNECT_TIMEOUT' ||
    code === 'ETIMEDOUT'
  )
    return 'tcp';
  if (
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_SSL') ||
    code.includes('CERT') ||
    code === 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' ||
    code === 'DEPTH_ZERO_SELF_SIGNED_CERT'
  )
    return 'tls';
  return 'http';
}
