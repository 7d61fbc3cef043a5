import type { SlsOperation } from '../../operation.ts';
import { getCursor, getCursorTime } from './cursors.ts';
import { pullLogs } from './pull-logs.ts';
import { putLogs, putLogsByKey, putLogsDirect } from './put-logs.ts';
import { deleteShard, listShards, mergeShards, splitShard } from './shards.ts';
import { trackGet, trackPixel, trackPixelAgent, trackPost } from './track.ts';

/** Logs in and out, shards and cursors (sls-api §3.1 to §3.5). */
export const dataOperations: readonly SlsOperation[] = [
  putLogs,
  putLogsDirect,
  putLogsByKey,
  trackPost,
  trackGet,
  trackPixel,
  trackPixelAgent,
  listShards,
  splitShard,
  mergeShards,
  deleteShard,
  getCursor,
  getCursorTime,
  pullLogs,
];
