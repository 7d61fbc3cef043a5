import type { Settings } from '../../config/settings.ts';
import type { AccessControl } from '../../control/access.ts';
import type { Catalog, LogstoreInfo } from '../../control/catalog.ts';
import type { WireControl } from '../../control/wire-control.ts';
import type { RunContext } from '../../core/context.ts';
import type { PullFilter, Queries } from '../../query/queries.ts';
import type { Cursor, Stream, StreamPage } from '../../stream/stream.ts';
import type { ShardRates } from './shard-rates.ts';
import type { WriteQuota } from './write-quota.ts';

/** Pulls older than the stream's window, answered from the store in identity order (design D6). */
export interface OldPulls {
  /**
   * Groups of a shard rebuilt from rows, from the cursor on; `next` may skip cursors whose groups no longer exist, and is never beyond `until`
   * (the first cursor the stream still keeps). The same limits as Stream.read.
   */
  readOld(
    logstore: LogstoreInfo,
    shard: number,
    from: Cursor,
    until: Cursor,
    max: { readonly groups: number; readonly bytes: number },
    ctx: RunContext,
  ): Promise<StreamPage>;
  /** The lowest cursor in the store that was received at or after the time; null: there is none. */
  firstCursor(logstore: LogstoreInfo, shard: number, sinceMs: number, ctx: RunContext): Promise<Cursor | null>;
  /** When the group at the cursor was received, Unix ms; null: the store has none there. */
  receivedMsAt(logstore: LogstoreInfo, shard: number, cursor: Cursor, ctx: RunContext): Promise<number | null>;
}

/** What operations of the wire API are made of; `app.ts` fills it in. A room adds its own part here. */
export interface SlsServices {
  readonly catalog: Catalog;
  readonly stream: Stream;
  readonly queries: Queries;
  readonly access: AccessControl;
  /** Consumer groups, stored objects, tags, project policies: `openWireControl`. */
  readonly control: WireControl;
  readonly settings: Settings;
  /** Null: a cursor before the stream's window is clamped to its begin. */
  readonly oldPulls: OldPulls | null;
  /** Null: `query=` on a pull answers NotSupported. */
  readonly pullFilter: PullFilter | null;
  /** Raw bytes that shards take, for those that split by themselves; absent: nobody asks. */
  readonly rates?: ShardRates;
  /** What shards may take; absent: as much as comes. */
  readonly writeQuota?: WriteQuota;
  /** Project bound to a custom domain (sls-api §1.1); absent: there are none. */
  readonly domain?: (host: string) => string | null;
}
