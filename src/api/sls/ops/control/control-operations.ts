import type { SlsOperation } from '../../operation.ts';
import { collectionOperations } from './collection.ts';
import { consumerGroupOperations } from './consumer-groups.ts';
import { dashboardOperations } from './dashboards.ts';
import { indexOperations } from './indexes.ts';
import { jobOperations } from './jobs.ts';
import { loggingOperations } from './logging.ts';
import { logstoreOperations } from './logstores.ts';
import { projectOperations } from './projects.ts';
import { savedSearchOperations } from './saved-searches.ts';
import { storeViewOperations } from './store-views.ts';
import { tagOperations } from './tags.ts';

/** Projects, logstores, indexes, consumer groups and what else is configured. */
export const controlOperations: readonly SlsOperation[] = [
  ...projectOperations,
  ...logstoreOperations,
  ...indexOperations,
  ...consumerGroupOperations,
  ...tagOperations,
  ...loggingOperations,
  ...savedSearchOperations,
  ...dashboardOperations,
  ...collectionOperations,
  ...jobOperations,
  ...storeViewOperations,
];
