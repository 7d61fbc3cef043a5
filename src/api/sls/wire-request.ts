import type { IncomingHttpHeaders } from 'node:http';
import type { AccessFacts, Caller } from '../../control/access.ts';
import { bodyForm, decompressBody } from './body.ts';
import type { SlsQuery, SlsRequest } from './operation.ts';
import { SlsError } from './sls-error.ts';

/** A request as operations see it. */
export class WireRequest implements SlsRequest {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly project: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly query: SlsQuery;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller | null;
  readonly facts: AccessFacts;
  readonly body: Buffer;
  readonly maxBodyBytes: number;
  #plain: Buffer | null = null;

  constructor(of: Omit<SlsRequest, 'plainBody' | 'json'>) {
    this.requestId = of.requestId;
    this.method = of.method;
    this.path = of.path;
    this.project = of.project;
    this.params = of.params;
    this.query = of.query;
    this.headers = of.headers;
    this.caller = of.caller;
    this.facts = of.facts;
    this.body = of.body;
    this.maxBodyBytes = of.maxBodyBytes;
  }

  plainBody(): Buffer {
    this.#plain ??= decompressBody(this.body, bodyForm(this.headers, this.body, this.maxBodyBytes));
    return this.#plain;
  }

  json(errorCode = 'PostBodyInvalid'): unknown {
    try {
      return JSON.parse(this.plainBody().toString('utf8')) as unknown;
    } catch (thrown) {
      if (thrown instanceof SlsError) throw thrown;
      throw new SlsError(errorCode, `the body is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`, 400, {
        cause: thrown,
      });
    }
  }
}
