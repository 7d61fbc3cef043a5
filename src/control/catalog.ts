import type { RunContext } from '../core/context.ts';

/** SLS index types (sls-api §4.3). */
export type FieldType = 'text' | 'long' | 'double' | 'json';

/** A configured key; unknown properties of the wire form are kept in IndexConfig.wire, so that an index reads back as it was written. */
export interface IndexKey {
  readonly type: FieldType;
  /** Delimiters; empty: the whole value is one token. Only text and json. */
  readonly token: readonly string[];
  readonly caseSensitive: boolean;
  readonly chn: boolean;
  /** "Analytics": the key is a column of SQL. */
  readonly docValue: boolean;
  readonly alias: string;
  /** json only: leaf path → its type. */
  readonly jsonKeys: Readonly<
    Record<string, { readonly type: 'text' | 'long' | 'double'; readonly docValue: boolean; readonly alias: string }>
  >;
  readonly indexAll: boolean;
  readonly maxDepth: number;
}

export interface LineIndex {
  readonly token: readonly string[];
  readonly caseSensitive: boolean;
  readonly chn: boolean;
  readonly includeKeys: readonly string[];
  readonly excludeKeys: readonly string[];
}

export interface IndexConfig {
  /** Full-text index; null: terms without a key cannot be searched. */
  readonly line: LineIndex | null;
  readonly keys: Readonly<Record<string, IndexKey>>;
  readonly maxTextLen: number;
  /** The body as a client wrote it, echoed by GetIndex. */
  readonly wire: Readonly<Record<string, unknown>>;
  readonly lastModifySec: number;
}

export interface ProjectInfo {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly region: string;
  readonly owner: string;
  readonly createdSec: number;
  readonly modifiedSec: number;
  /** Other properties of the wire form (resourceGroupId, dataRedundancyType …). */
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface LogstoreInfo {
  /** Stable number: names its table in the store (`logs_<id>`) and its shards in the stream; never used twice. */
  readonly id: number;
  readonly project: string;
  readonly name: string;
  /** Days; 3650 keeps for ever. */
  readonly ttlDays: number;
  readonly shardCount: number;
  readonly autoSplit: boolean;
  readonly maxSplitShard: number;
  readonly enableTracking: boolean;
  /** Adds `__client_ip__` and `__receive_time__` to each group's tags. */
  readonly appendMeta: boolean;
  readonly mode: string;
  readonly telemetryType: string;
  readonly createdSec: number;
  readonly modifiedSec: number;
  readonly index: IndexConfig | null;
  /** Index profile of design D6. */
  readonly profile: 'balanced' | 'search' | 'compact';
  readonly extra: Readonly<Record<string, unknown>>;
}

export interface ShardInfo {
  readonly shard: number;
  readonly status: 'readwrite' | 'readonly';
  /** 32 lower-case hex digits, inclusive. */
  readonly beginKey: string;
  /** 32 lower-case hex digits, exclusive (`ff…ff`: inclusive). */
  readonly endKey: string;
  readonly createdSec: number;
  readonly parents: readonly number[];
}

export type CatalogChange = {
  readonly kind: 'project' | 'logstore' | 'index' | 'shards';
  readonly project: string;
  readonly logstore: LogstoreInfo | null;
  readonly deleted: boolean;
};

export interface NewLogstore {
  readonly name: string;
  readonly ttlDays: number;
  readonly shardCount: number;
  readonly autoSplit?: boolean;
  readonly maxSplitShard?: number;
  readonly enableTracking?: boolean;
  readonly appendMeta?: boolean;
  readonly mode?: string;
  readonly telemetryType?: string;
  readonly profile?: LogstoreInfo['profile'];
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * Projects, logstores, shards and index configurations. Reads are answered from memory (the receive path asks once per request);
 * writes go through state first. Names and limits as in sls-api §4.1 to §4.3 and §5.5.
 * Errors: request.not_found, request.conflict, request.invalid and request.quota with details.resource (`project`, `logstore`, `index`, `shard`) and details.name.
 */
export interface Catalog {
  project(name: string): ProjectInfo | null;
  projects(): readonly ProjectInfo[];
  logstore(project: string, name: string): LogstoreInfo | null;
  logstoreById(id: number): LogstoreInfo | null;
  logstores(project?: string): readonly LogstoreInfo[];
  shards(logstore: number): readonly ShardInfo[];
  /** Called after each change; answers a function that stops it. */
  onChange(listener: (change: CatalogChange) => void): () => void;

  createProject(name: string, description: string, extra: Readonly<Record<string, unknown>>, ctx: RunContext): Promise<ProjectInfo>;
  updateProject(name: string, description: string, ctx: RunContext): Promise<ProjectInfo>;
  deleteProject(name: string, ctx: RunContext): Promise<void>;
  createLogstore(project: string, spec: NewLogstore, ctx: RunContext): Promise<LogstoreInfo>;
  updateLogstore(
    project: string,
    name: string,
    change: Partial<Omit<NewLogstore, 'name' | 'shardCount'>>,
    ctx: RunContext,
  ): Promise<LogstoreInfo>;
  deleteLogstore(project: string, name: string, ctx: RunContext): Promise<void>;
  /** Creates (`create` true: request.conflict when there is one) or replaces. */
  putIndex(project: string, logstore: string, index: IndexConfig, create: boolean, ctx: RunContext): Promise<void>;
  deleteIndex(project: string, logstore: string, ctx: RunContext): Promise<void>;
  /** The old shard becomes readonly; answers old, new, new …. `at`: a hash key strictly inside the shard, a number of even parts (2..), or null: in the middle. */
  splitShard(logstore: number, shard: number, at: string | number | null, ctx: RunContext): Promise<readonly ShardInfo[]>;
  /** With the right-hand neighbour; answers new, old, old. */
  mergeShards(logstore: number, shard: number, ctx: RunContext): Promise<readonly ShardInfo[]>;
  /** Forgets a readonly shard and its data, as retention does once the data is past its time. */
  deleteShard(logstore: number, shard: number, ctx: RunContext): Promise<void>;
  /** Reads again what another node may have changed; answers whether there was anything. */
  refresh(ctx: RunContext): Promise<boolean>;
}
