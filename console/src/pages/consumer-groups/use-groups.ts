import { useQueries } from '@tanstack/react-query';
import type { ConsumerGroup } from '../../../../src/api/rest/contract/logstores.ts';
import { call } from '../../api/client.ts';
import type { ApiError } from '../../api/problem.ts';
import { usePages } from '../../api/use-call.ts';

export interface GroupOfStore {
  readonly project: string;
  readonly logstore: string;
  readonly group: ConsumerGroup;
}

/** Consumer groups belong to a logstore, so each logstore is asked; the answers arrive one by one and are shown as they do. */
export function useGroups(store: string | undefined, everyMs: number) {
  const stores = usePages('listAllLogstores', { query: { pageSize: 1000 } }, { staleMs: 30_000 });
  const wanted = stores.items.filter((item) => store === undefined || `${item.project}/${item.name}` === store);
  const asked = useQueries({
    queries: wanted.map((item) => {
      const given = { params: { project: item.project, logstore: item.name } };
      return {
        queryKey: ['listConsumerGroups', given],
        queryFn: ({ signal }: { signal: AbortSignal }) => call('listConsumerGroups', given, signal),
        refetchInterval: everyMs,
        staleTime: 5_000,
      };
    }),
  });
  const groups: GroupOfStore[] = wanted.flatMap((item, at) =>
    (asked[at]?.data?.items ?? []).map((group) => ({ project: item.project, logstore: item.name, group })),
  );
  const error = stores.error ?? (asked.find((one) => one.error !== null)?.error as ApiError | undefined) ?? null;
  return {
    stores: stores.items,
    groups,
    error,
    isPending: stores.isPending || asked.some((one) => one.isPending),
    failing: asked.some((one) => one.isRefetchError),
    // The oldest answer is what the page as a whole can vouch for.
    updatedAt: asked.length === 0 ? stores.dataUpdatedAt : Math.min(...asked.map((one) => one.dataUpdatedAt)),
  };
}
