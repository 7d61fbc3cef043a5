import type { SlsOperation } from '../../operation.ts';

/** Searching and reading what is stored. */
export const queryOperations: readonly SlsOperation[] = [];
