import type { SlsOperation } from './operation.ts';
import { controlOperations } from './ops/control/control-operations.ts';
import { dataOperations } from './ops/data/data-operations.ts';
import { queryOperations } from './ops/query/query-operations.ts';

/** Every operation the listener serves. */
export const slsOperations: readonly SlsOperation[] = [...dataOperations, ...controlOperations, ...queryOperations];
