import { useMemo } from 'react';
import { useCall, usePages } from '../../api/use-call.ts';
import { age, short } from '../../kit/format.ts';
import type { StoreChoice } from './store-picker.tsx';

/** Logstores to search, the busiest first; rate and cloud come from the overview. */
export function useStores(): { readonly stores: readonly StoreChoice[]; readonly loaded: boolean } {
  const list = usePages('listAllLogstores', { query: { pageSize: 1000 } }, { staleMs: 30_000 });
  const overview = useCall('overview', { query: { periodSec: 3600 } }, { staleMs: 30_000 });
  const stores = useMemo(() => {
    const facts = new Map((overview.data?.logstores ?? []).map((store) => [`${store.project}/${store.logstore}`, store]));
    const activity = (store: { project: string; name: string }) => facts.get(`${store.project}/${store.name}`);
    return list.items
      .map((store) => {
        const known = activity(store);
        const note =
          !known || known.newestAt === null
            ? ''
            : known.logsPerSec >= 1
              ? `${short(known.logsPerSec)}/s`
              : known.ageSec === null
                ? ''
                : age(known.ageSec * 1000);
        return {
          project: store.project,
          logstore: store.name,
          cloud: known?.cloud ?? 'other',
          note,
          rate: known?.logsPerSec ?? -1,
          age: known?.ageSec ?? Number.POSITIVE_INFINITY,
        };
      })
      .toSorted((a, b) => b.rate - a.rate || a.age - b.age || (a.logstore < b.logstore ? -1 : 1));
  }, [list.items, overview.data]);
  return { stores, loaded: !list.isPending };
}
