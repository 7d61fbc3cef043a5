import type { SlsOperation } from '../../operation.ts';

/** Writing and pulling logs, shards and cursors. */
export const dataOperations: readonly SlsOperation[] = [];
