import type { IncomingHttpHeaders } from 'node:http';
import type { AccessFacts, Caller } from '../../control/access.ts';
import type { RunContext } from '../../core/context.ts';
import type { SlsServices } from './services.ts';

/** Query parameters, decoded. Names are case-sensitive. An empty value counts as absent: Node's SDK sends `undefined` as `k=` (sls-api §1.6). */
export interface SlsQuery {
  /** First value, or undefined when absent or empty. */
  get(name: string): string | undefined;
  /** True for `true`, `True`, `1`; false when absent or anything else. */
  flag(name: string): boolean;
  /** Whole number, or `fallback` when absent. @throws SlsError ParameterInvalid */
  int(name: string, fallback: number): number;
  /** Every name that came with a value. */
  names(): readonly string[];
}

/** A request after routing, authentication and the body checks (MD5, SHA-256, size). */
export interface SlsRequest {
  readonly requestId: string;
  readonly method: string;
  /** As sent, still percent-encoded. */
  readonly path: string;
  /** From the Host, `x-log-project` or a custom domain (sls-api §1.1); null: the bare endpoint. The project need not exist. */
  readonly project: string | null;
  /** Decoded `{name}` parts of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: SlsQuery;
  /** Names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller | null;
  readonly facts: AccessFacts;
  /** As sent, maybe compressed (`x-log-compresstype`). */
  readonly body: Buffer;
  /** Largest size the body may have, as sent and decompressed: the operation's, else the setting's. */
  readonly maxBodyBytes: number;
  /** The body decompressed, bounded by `x-log-bodyrawsize` and the limit. Made on the first call. @throws SlsError PostBodyUncompressError PostBodyTooLarge MissingBodyRawSize InvalidCompressType */
  plainBody(): Buffer;
  /** The body as JSON whatever its Content-Type says (§1.8). @throws SlsError with `errorCode` (default PostBodyInvalid) when it is not JSON */
  json(errorCode?: string): unknown;
}

/** What an operation answers. Status is always 200 (§1.4); errors are thrown. */
export type SlsReply =
  /** No body and no JSON content type. */
  | { readonly kind: 'empty'; readonly headers?: ReplyHeaders }
  /** `compress`: by the rules of GetLogs in §1.5 (lz4 > zstd > deflate by Accept-Encoding, labelled by x-log-compresstype). */
  | { readonly kind: 'json'; readonly value: unknown; readonly headers?: ReplyHeaders; readonly compress?: boolean }
  /** Bytes sent as they are, in order. */
  | { readonly kind: 'bytes'; readonly chunks: readonly Uint8Array[]; readonly contentType: string; readonly headers?: ReplyHeaders };

/** Header names in lower case. */
export type ReplyHeaders = Readonly<Record<string, string>>;

export const empty = (headers?: ReplyHeaders): SlsReply => ({ kind: 'empty', ...(headers && { headers }) });
export const json = (value: unknown, headers?: ReplyHeaders): SlsReply => ({ kind: 'json', value, ...(headers && { headers }) });
export const compressedJson = (value: unknown, headers?: ReplyHeaders): SlsReply => ({
  kind: 'json',
  value,
  compress: true,
  ...(headers && { headers }),
});
export const bytes = (chunks: readonly Uint8Array[], contentType: string, headers?: ReplyHeaders): SlsReply => ({
  kind: 'bytes',
  chunks,
  contentType,
  ...(headers && { headers }),
});

/**
 * One operation of the wire API: one file under `ops/` (or one tight family), listed in `operations.ts`.
 * Found by method, then path, then `where`; of those that fit, the one with the most conditions wins, so a plain `GET /logstores/{ls}` stands beside
 * `GET /logstores/{ls}?type=log`. Literal path parts win over `{parts}`.
 */
export interface SlsOperation {
  /** As the API names it: `PutLogs`. Label of metrics, so a closed set. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS';
  /** `/logstores/{ls}/shards/{shard}`; a `{part}` is one non-empty segment. */
  readonly path: string;
  /** Query discriminators: each must have one of the values; an empty list: the parameter must be absent (or empty). */
  readonly where?: Readonly<Record<string, readonly string[]>>;
  /** `project`: the host must name a project that exists. `account`: the host names none. `any`: the operation looks itself. */
  readonly host: 'project' | 'account' | 'any';
  /** False: needs no signature (web tracking); one that came is still checked. Default true. */
  readonly signed?: boolean;
  /** True: browsers of other origins may call it; the listener answers their preflight. */
  readonly cors?: boolean;
  /** RAM action: `log:PostLogStoreLogs`. Null: the operation checks by itself (`services.access`). */
  readonly action: string | null;
  /** RAM resource, with `{project}` and the path's parts filled in: `project/{project}/logstore/{ls}`. */
  readonly resource: string;
  /** Largest body, as sent and decompressed, bytes. Default: settings.sls.maxBodyBytes (10 MB). */
  readonly maxBodyBytes?: number;
  /** May throw SlsError or SluiceError. `ctx.signal` fires when the client goes away. */
  handle(request: SlsRequest, services: SlsServices, ctx: RunContext): Promise<SlsReply>;
}
