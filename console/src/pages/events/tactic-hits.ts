import type { EventSummaryBody } from '../../../../src/api/rest/contract/security-events.ts';
import type { Severity } from '../../kit/severity.ts';
import { asTactic, type TacticSlug } from '../../kit/tactics.ts';

export function hitsOf(event: Pick<EventSummaryBody, 'tactics'>): ReadonlyMap<TacticSlug, Severity> {
  return new Map(
    event.tactics.flatMap(({ tactic, severity }) => {
      const slug = asTactic(tactic);
      return slug === null ? [] : [[slug, severity] as const];
    }),
  );
}
