import type { SlsOperation } from '../../operation.ts';

/** Projects, logstores, indexes, consumer groups and what else is configured. */
export const controlOperations: readonly SlsOperation[] = [];
