import tacticsFile from '../../content/attack/tactics.json' with { type: 'json' };
import techniquesFile from '../../content/attack/techniques.json' with { type: 'json' };

/** A column of the ATT&CK matrix. `rank` is its place in the matrix: 1 is first. */
export interface Tactic {
  readonly rank: number;
  /** `TA0001` */
  readonly id: string;
  /** `initial-access`, as rules tag it */
  readonly shortName: string;
  readonly name: string;
}

const byName = new Map<string, Tactic>();
for (const { aliases, ...tactic } of tacticsFile.tactics as readonly (Tactic & { readonly aliases?: readonly string[] })[]) {
  byName.set(tactic.shortName, tactic);
  for (const alias of aliases ?? []) byName.set(alias, tactic);
}

/** All tactics in the order of the matrix (data: content/attack/tactics.json). */
export const TACTICS: readonly Tactic[] = [...new Set(byName.values())].sort((a, b) => a.rank - b.rank);

/** By the short name rules use, in either spelling of old and new versions; null: no tactic. */
export function tacticByShortName(name: string): Tactic | null {
  return byName.get(name.toLowerCase().replaceAll('_', '-').replaceAll(' ', '-')) ?? null;
}

/** The name of a technique; its id when the data file has none. */
export function techniqueName(id: string): string {
  return (techniquesFile.techniques as Readonly<Record<string, string>>)[id] ?? id;
}
