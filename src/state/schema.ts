import type { AlertTables } from './tables/alerts.ts';
import type { ControlTables } from './tables/control.ts';
import type { DetectTables } from './tables/detect.ts';
import type { EventTables } from './tables/events.ts';
import type { PipelineTables } from './tables/pipeline.ts';
import type { RestTables } from './tables/rest.ts';
import type { ShippingTables } from './tables/shipping.ts';
import type { StandardizeTables } from './tables/standardize.ts';
import type { StateTables } from './tables/state.ts';
import type { WireTables } from './tables/wire.ts';

/**
 * All tables of the state database. Each room describes its own in `state/tables/<room>.ts` and is joined in here, and in `migrations.ts`.
 *
 * Columns mean the same in both dialects: text, bigint (a JavaScript number, safe up to 2^53; larger ones as text), and 0 or 1 for a boolean.
 * Bytes are base64 text, structures JSON text.
 */
export interface Schema
  extends
    StateTables,
    StandardizeTables,
    ControlTables,
    WireTables,
    RestTables,
    AlertTables,
    EventTables,
    PipelineTables,
    DetectTables,
    ShippingTables {}
