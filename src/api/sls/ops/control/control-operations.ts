import type { SlsOperation } from '../../operation.ts';
import { consumerGroupOperations } from './consumer-groups.ts';
import { indexOperations } from './indexes.ts';
import { logstoreOperations } from './logstores.ts';
import { projectOperations } from './projects.ts';

/** Projects, logstores, indexes, consumer groups and what else is configured. */
export const controlOperations: readonly SlsOperation[] = [
  ...projectOperations,
  ...logstoreOperations,
  ...indexOperations,
  ...consumerGroupOperations,
];
