/** Rows of the chain by what the reader chose. */
import type { SecurityEventBody, StepBody } from '../../../../../src/api/rest/contract/security-events.ts';
import { asCloud, CLOUDS } from '../../../kit/cloud.ts';
import { asTactic, TACTICS } from '../../../kit/tactics.ts';

export type LaneKind = 'tactic' | 'cloud' | 'entity';

/** Entities above this many would be more rows than a screen; the busiest are shown. */
const MOST_ENTITIES = 14;

export function laneOf(step: StepBody, kind: LaneKind, order: ReadonlyMap<string, number>): string {
  if (kind === 'cloud') return asCloud(step.cloud);
  if (kind === 'tactic') return asTactic(step.tactic) ?? '';
  const ranked = step.entities
    .map((entity) => entity.value)
    .filter((value) => order.has(value))
    .toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
  return ranked[0] ?? '';
}

export interface Lanes {
  /** In drawing order, the empty ones left out. */
  readonly shown: readonly string[];
  readonly empty: readonly string[];
  readonly laneOf: (step: StepBody) => string;
}

/** Tactics in ATT&CK order, clouds in theirs, entities by how late and how often they are named. */
export function lanesOf(event: Pick<SecurityEventBody, 'steps' | 'entities'>, kind: LaneKind): Lanes {
  const named = new Map<string, number>();
  for (const step of event.steps) for (const entity of step.entities) named.set(entity.value, (named.get(entity.value) ?? 0) + 1);
  // Rarely named entities say more about a step than the attacker's address, which most steps share.
  const order = new Map(
    [...named]
      .filter(([, times]) => times > 1 || event.entities.length <= MOST_ENTITIES)
      .toSorted((a, b) => a[1] - b[1])
      .map(([value], at) => [value, at]),
  );
  const of = (step: StepBody) => laneOf(step, kind, order);
  const used = new Set(event.steps.map(of));
  const all: readonly string[] = kind === 'tactic' ? TACTICS.map((tactic) => tactic.slug) : kind === 'cloud' ? CLOUDS : [...order.keys()];
  const shown = all.filter((lane) => used.has(lane));
  if (kind === 'entity') {
    const first = new Map(shown.map((lane) => [lane, event.steps.findIndex((step) => of(step) === lane)]));
    shown.sort((a, b) => (first.get(a) ?? 0) - (first.get(b) ?? 0));
  }
  if (used.has('')) shown.push('');
  return { shown, empty: kind === 'tactic' ? all.filter((lane) => !used.has(lane)) : [], laneOf: of };
}
