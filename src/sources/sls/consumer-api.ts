import type { RunContext } from '../../core/context.ts';

/** One answer of a pull. */
export interface PulledPage {
  /** LogGroupList protobuf, decompressed. */
  readonly list: Buffer;
  readonly groups: number;
  /** Cursor to read on from; equal to the one asked for when there was nothing. */
  readonly next: string;
  readonly atEnd: boolean;
  /** Receive time of the data, Unix s; 0 when there is none. */
  readonly cursorTimeSec: number;
  /** With a query: rows before and after it. 0 without. */
  readonly linesRead: number;
  readonly linesKept: number;
  /** Size of the compressed body. */
  readonly wireBytes: number;
}

export interface RemoteShard {
  readonly shardID: number;
  readonly status: string;
}

export interface RemoteGroup {
  readonly name: string;
  /** Seconds. */
  readonly timeout: number;
  readonly order: boolean;
}

export interface RemoteCheckpoint {
  readonly shard: number;
  /** base64 of the decimal cursor; empty: none yet. */
  readonly checkpoint: string;
  /** Microseconds. */
  readonly updateTime: number;
  readonly consumer: string;
}

/** Calls of a consumer of one project (sls-api §3.3–3.5, §4.4): over the wire (`SlsClient`), or inside the server (`LocalConsumerApi`). Errors as SlsClient throws them. */
export interface ConsumerApi {
  readonly project: string;
  /** Where it reads, for people. */
  readonly target: string;
  listShards(logstore: string, ctx: RunContext): Promise<readonly RemoteShard[]>;
  /** `from`: begin, end or Unix seconds of receive time. */
  cursor(logstore: string, shard: number, from: string, ctx: RunContext): Promise<string>;
  /** Receive time at a cursor, Unix s. */
  cursorTime(logstore: string, shard: number, cursor: string, ctx: RunContext): Promise<number>;
  /** One page of at most `count` groups from `cursor`; with `query` the server filters and trims. */
  pull(logstore: string, shard: number, cursor: string, count: number, query: string | null, ctx: RunContext): Promise<PulledPage>;
  listGroups(logstore: string, ctx: RunContext): Promise<readonly RemoteGroup[]>;
  createGroup(logstore: string, group: string, timeoutSec: number, order: boolean, ctx: RunContext): Promise<void>;
  updateGroup(logstore: string, group: string, timeoutSec: number, order: boolean, ctx: RunContext): Promise<void>;
  heartbeat(logstore: string, group: string, consumer: string, held: readonly number[], ctx: RunContext): Promise<readonly number[]>;
  saveCheckpoint(
    logstore: string,
    group: string,
    consumer: string,
    shard: number,
    checkpoint: string,
    force: boolean,
    ctx: RunContext,
  ): Promise<void>;
  checkpoints(logstore: string, group: string, ctx: RunContext): Promise<readonly RemoteCheckpoint[]>;
  close(): Promise<void>;
}
