import type { SlsOperation } from './operation.ts';

/** Every operation the listener serves. A room adds its list here. */
export const slsOperations: readonly SlsOperation[] = [];
