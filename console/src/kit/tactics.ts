/** ATT&CK v19 enterprise tactics in their order (content/attack): the chain's lanes and the strip's cells. `slug` is ATT&CK's short name. */
export const TACTICS = [
  { id: 'TA0043', slug: 'reconnaissance' },
  { id: 'TA0042', slug: 'resource-development' },
  { id: 'TA0001', slug: 'initial-access' },
  { id: 'TA0002', slug: 'execution' },
  { id: 'TA0003', slug: 'persistence' },
  { id: 'TA0004', slug: 'privilege-escalation' },
  { id: 'TA0005', slug: 'stealth' },
  { id: 'TA0112', slug: 'defense-impairment' },
  { id: 'TA0006', slug: 'credential-access' },
  { id: 'TA0007', slug: 'discovery' },
  { id: 'TA0008', slug: 'lateral-movement' },
  { id: 'TA0009', slug: 'collection' },
  { id: 'TA0011', slug: 'command-and-control' },
  { id: 'TA0010', slug: 'exfiltration' },
  { id: 'TA0040', slug: 'impact' },
] as const;

export type TacticSlug = (typeof TACTICS)[number]['slug'];

/** Names of releases before v19: Defense Evasion became Stealth, and lent a part of itself to Defense Impairment. */
const FORMER: Readonly<Record<string, TacticSlug>> = { 'defense-evasion': 'stealth' };

/** Accepts `TA0001`, `Initial Access`, `initial_access`, `initial-access`. */
export function asTactic(text: string): TacticSlug | null {
  const slug = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/gu, '-');
  return TACTICS.find((tactic) => tactic.slug === slug || tactic.id.toLowerCase() === slug)?.slug ?? FORMER[slug] ?? null;
}
