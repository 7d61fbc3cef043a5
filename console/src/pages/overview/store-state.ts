import type { LogstoreFreshness } from '../../../../src/api/rest/contract/overview.ts';
import type { Freshness } from '../../kit/freshness.ts';

export type StoreState = Freshness | 'silent' | 'empty';

/** Worst first. */
const ORDER: readonly StoreState[] = ['stopped', 'silent', 'late', 'slow', 'fresh', 'empty'];

/** What a logstore's own age and the worst of its steps make of it. */
export function stateOf(store: Pick<LogstoreFreshness, 'state' | 'steps'>): StoreState {
  const all: readonly StoreState[] = [store.state, ...store.steps.map(({ state }) => state)];
  if (store.state === 'empty') return 'empty';
  return ORDER.find((state) => all.includes(state)) ?? 'fresh';
}

/** The step that is furthest behind; undefined: all are done. */
export function slowestStep(store: Pick<LogstoreFreshness, 'steps'>): LogstoreFreshness['steps'][number] | undefined {
  const [worst] = store.steps.toSorted((a, b) => b.lagSec - a.lagSec);
  return worst !== undefined && (worst.lagSec > 0 || worst.state === 'stopped') ? worst : undefined;
}

/** What needs a look first, then by name, so that rows keep their place while all is well. */
export function byNeed(stores: readonly LogstoreFreshness[]): readonly LogstoreFreshness[] {
  const rank = (store: LogstoreFreshness) => ORDER.indexOf(stateOf(store));
  const name = (store: LogstoreFreshness) => `${store.project}/${store.logstore}`;
  return stores.toSorted((a, b) => rank(a) - rank(b) || name(a).localeCompare(name(b)));
}
