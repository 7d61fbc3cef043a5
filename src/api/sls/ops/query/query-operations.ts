import type { SlsOperation } from '../../operation.ts';
import { contextLogs } from './context-logs.ts';
import { getLogsOperations } from './get-logs.ts';
import { histogramOperations } from './histograms.ts';
import { listTopics } from './topics.ts';

/** Searching and reading what is stored. */
export const queryOperations: readonly SlsOperation[] = [...getLogsOperations, ...histogramOperations, contextLogs, listTopics];
