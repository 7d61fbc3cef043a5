import type { Entity } from '../api/rest/contract/base.ts';
import { singleKey, typeOfKey, valueOfKey } from '../alerts/link-keys.ts';
import type { Step } from './steps.ts';

/** From an earlier step to a later one; both as places in the list of steps. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly kind: 'cause' | 'shared-source';
  readonly via: readonly Entity[];
  /** Between the first evidence of both. */
  readonly gapSec: number;
  readonly crossesClouds: boolean;
}

/**
 * What led to each step: the latest step before it that shares a thing (a host, account, key, resource …) is its cause; one that shares only an address from outside comes from
 * the same source. So causes make a forest, and its roots are where it began. `keys[i]`: what step i links by, hubs left out.
 */
export function edgesOf(steps: readonly Step[], keys: readonly ReadonlySet<string>[]): readonly Edge[] {
  const edges: Edge[] = [];
  const latest = new Map<string, number>();
  for (const [to, step] of steps.entries()) {
    const own = keys[to] ?? new Set<string>();
    const before = [...own].flatMap((key) => {
      const from = latest.get(key);
      return from === undefined ? [] : [{ key, from }];
    });
    const cause = Math.max(-1, ...before.filter(({ key }) => !isSource(key)).map(({ from }) => from));
    const source = Math.max(-1, ...before.filter(({ key }) => isSource(key)).map(({ from }) => from));
    const add = (from: number, kind: Edge['kind']): void => {
      const other = steps[from] as Step;
      const shared = [...own].filter((key) => keys[from]?.has(key) === true);
      edges.push({
        from,
        to,
        kind,
        via: viaOf(shared, step),
        gapSec: (step.firstMs - other.firstMs) / 1000,
        crossesClouds: other.cloud !== step.cloud,
      });
    };
    if (source >= 0 && source !== cause) add(source, 'shared-source');
    if (cause >= 0) add(cause, 'cause');
    for (const key of own) latest.set(key, to);
  }
  return edges;
}

function isSource(key: string): boolean {
  return typeOfKey(key) === 'ip';
}

/** Shared things as the step names them, the most telling first. */
function viaOf(shared: readonly string[], step: Step): readonly Entity[] {
  const values = new Set(shared.flatMap((key) => valueOfKey(key).split('|')));
  return step.entities
    .filter((entity) => {
      const key = singleKey(entity);
      return key !== null && values.has(valueOfKey(key));
    })
    .sort((a, b) => strength(a) - strength(b))
    .map(({ type, value, role }) => ({ type, value, role }));
}

const STRENGTH = ['key', 'hash', 'user', 'host', 'ipInternal', 'domain', 'resource', 'ip'];

function strength(entity: Step['entities'][number]): number {
  const key = singleKey(entity);
  return key === null ? STRENGTH.length : STRENGTH.indexOf(typeOfKey(key));
}
