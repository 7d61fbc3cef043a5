import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** Splunk, "Troubleshoot HTTP Event Collector": code → status and text. */
const CODES: Readonly<Record<number, readonly [status: number, text: string]>> = {
  0: [200, 'Success'],
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  8: [500, 'Internal server error'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  14: [400, 'ACK is disabled'],
  15: [400, 'Error in handling indexed fields'],
  16: [400, 'Query string authorization is not enabled'],
  17: [200, 'HEC is healthy'],
  18: [503, 'HEC is unhealthy, queues are full'],
  19: [503, 'HEC is unhealthy, ack service unavailable'],
  20: [503, 'HEC is unhealthy, queues are full, ack service unavailable'],
  21: [400, 'Invalid token'],
  22: [400, 'Token disabled'],
  23: [503, 'Server is shutting down'],
  24: [200, 'HTTP Event Collector queue is approaching capacity'],
  25: [200, 'HTTP Event Collector ack channel is approaching capacity'],
  26: [429, 'HTTP Event Collector queue is at capacity'],
  27: [429, 'HTTP Event Collector ack channel is at capacity'],
};

export interface HecToken {
  readonly value: string;
  readonly ack: boolean;
  readonly disabled?: boolean;
  readonly indexes?: readonly string[];
}

export interface HecEvent {
  readonly time?: number | string;
  readonly host?: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly index?: string;
  readonly event: unknown;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** What the next request for data meets: a code, a code after the data was taken, or a batch that is taken and never acknowledged. */
export type HecFault = { readonly code: number } | { readonly kind: 'taken'; readonly code: number } | { readonly kind: 'no-ack' } | null;

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

interface ChannelState {
  next: number;
  /** Ids that are indexed and not yet asked for. */
  readonly indexed: Set<number>;
}

/**
 * Splunk's HTTP Event Collector as its documentation has it: tokens, event and raw endpoints, channels and indexer acknowledgement (an id is reported true once),
 * concatenated events checked one by one with `invalid-event-number` (the ones before it are taken), the size limit, all error codes.
 */
export class HecServer {
  readonly events: HecEvent[] = [];
  readonly raw: string[] = [];
  /** Requests for data, good or bad. */
  requests = 0;
  fault: () => HecFault = () => null;
  /** An event this holds true for has an error in its indexed fields. */
  refuses: (event: HecEvent) => boolean = () => false;
  maxContentBytes = 1_000_000;
  healthy = true;
  readonly #tokens: ReadonlyMap<string, HecToken>;
  readonly #channels = new Map<string, ChannelState>();
  readonly #server: Server;

  constructor(tokens: readonly HecToken[]) {
    this.#tokens = new Map(tokens.map((token) => [token.value, token]));
    this.#server = createServer((request, response) => {
      void this.#serve(request, response).catch(() => response.destroy());
    });
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const packed = Buffer.concat(chunks);
    const url = new URL(request.url ?? '/', 'http://hec');
    const path = url.pathname.replace(/\/1\.0$/, '');
    if (path === '/services/collector/health') return answer(response, this.healthy ? 17 : 18);
    if (!/^\/services\/collector(\/event|\/raw|\/ack)?$/.test(path)) {
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html>The requested URL was not found on this server.</html>');
      return;
    }
    const token = this.#tokenOf(request, url);
    if (typeof token === 'number') return answer(response, token);
    const channel = request.headers['x-splunk-request-channel'] ?? url.searchParams.get('channel');
    if (path === '/services/collector/ack') return this.#ack(token, String(channel ?? ''), packed, response);
    this.requests++;
    if (token.ack || path === '/services/collector/raw') {
      if (channel === null) return answer(response, 10);
      if (!GUID.test(String(channel))) return answer(response, 11);
    }
    const fault = this.fault();
    if (fault !== null && 'code' in fault && !('kind' in fault)) return answer(response, fault.code);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(packed) : packed;
    if (body.length > this.maxContentBytes) {
      response.writeHead(413).end(`Content-Length of ${body.length} too large (maximum is ${this.maxContentBytes})`);
      return;
    }
    if (body.length === 0) return answer(response, 5);
    const wrong = path === '/services/collector/raw' ? this.#takeRaw(body) : this.#takeEvents(body, token);
    if (wrong !== null) return answer(response, wrong.code, { 'invalid-event-number': wrong.number });
    if (fault !== null && 'code' in fault) return answer(response, fault.code);
    if (!token.ack) return answer(response, 0);
    const state = this.#channels.get(String(channel)) ?? { next: 0, indexed: new Set<number>() };
    this.#channels.set(String(channel), state);
    const ackId = state.next++;
    if (fault === null) state.indexed.add(ackId);
    answer(response, 0, { ackId });
  }

  #tokenOf(request: IncomingMessage, url: URL): HecToken | number {
    const header = request.headers.authorization;
    if (header === undefined) return url.searchParams.has('token') ? 16 : 2;
    const basic = /^Basic (.+)$/i.exec(header)?.[1];
    const value = basic === undefined ? /^Splunk (.+)$/i.exec(header)?.[1] : Buffer.from(basic, 'base64').toString('utf8').split(':')[1];
    if (value === undefined) return 3;
    const token = this.#tokens.get(value);
    if (token === undefined) return 4;
    return token.disabled === true ? 1 : token;
  }

  #ack(token: HecToken, channel: string, body: Buffer, response: ServerResponse): void {
    if (!token.ack) return answer(response, 14);
    if (channel === '') return answer(response, 10);
    const { acks } = JSON.parse(body.toString('utf8')) as { acks: number[] };
    const indexed = this.#channels.get(channel)?.indexed;
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ acks: Object.fromEntries(acks.map((id) => [id, indexed?.delete(id) ?? false])) }));
  }

  #takeRaw(body: Buffer): { readonly code: number; readonly number: number } | null {
    const lines = body
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    this.raw.push(...lines);
    return lines.length === 0 ? { code: 5, number: 0 } : null;
  }

  #takeEvents(body: Buffer, token: HecToken): { readonly code: number; readonly number: number } | null {
    let number = 0;
    for (const text of split(body.toString('utf8'))) {
      let event: HecEvent;
      try {
        event = JSON.parse(text) as HecEvent;
      } catch {
        return { code: 6, number };
      }
      const code = this.#wrongWith(event, token);
      if (code !== 0) return { code, number };
      this.events.push(event);
      number++;
    }
    return number === 0 ? { code: 5, number: 0 } : null;
  }

  #wrongWith(event: HecEvent, token: HecToken): number {
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return 6;
    if (!('event' in event) || event.event === null) return 12;
    if (event.event === '') return 13;
    if (event.index !== undefined && token.indexes !== undefined && !token.indexes.includes(event.index)) return 7;
    if (event.time !== undefined && !Number.isFinite(Number(event.time))) return 6;
    if (event.fields !== undefined)
      for (const value of Object.values(event.fields))
        if (typeof value === 'object' && !(Array.isArray(value) && value.every((item) => typeof item === 'string'))) return 15;
    return this.refuses(event) ? 15 : 0;
  }
}

/** JSON objects one behind the other, with or without white space between: each as its text; what is no object is given as it is. */
function* split(text: string): Generator<string> {
  let start = -1;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quoted) {
      if (char === '\\') i++;
      else if (char === '"') quoted = false;
      continue;
    }
    if (start < 0) {
      if (/\s/.test(char)) continue;
      start = i;
    }
    if (char === '"') quoted = true;
    else if (char === '{') depth++;
    else if (char === '}' && --depth === 0) {
      yield text.slice(start, i + 1);
      start = -1;
    }
  }
  if (start >= 0) yield text.slice(start);
}

function answer(response: ServerResponse, code: number, more: Readonly<Record<string, unknown>> = {}): void {
  const [status, text] = CODES[code] ?? [500, 'Internal server error'];
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ text, code, ...more }));
}
