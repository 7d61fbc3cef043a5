import { rankOf, type Step } from './steps.ts';

/** A step as far as risk is concerned. */
export type Weighed = Pick<Step, 'severityId' | 'confidenceId' | 'tactic' | 'harmless'>;

export interface Risk {
  /** 0 to 100. */
  readonly score: number;
  /** What the score is made of: the points add up to it. */
  readonly parts: readonly { readonly name: 'severity' | 'breadth' | 'depth'; readonly points: number }[];
}

/** Points of OCSF severity_id 1 to 5. */
const POINTS: Readonly<Record<number, number>> = { 1: 5, 2: 20, 3: 45, 4: 70, 5: 95 };
/** Of confidence_id 1 to 3. */
const CONFIDENCE: Readonly<Record<number, number>> = { 1: 0.5, 2: 0.8, 3: 1 };

/**
 * How dangerous an event is. With r₁ ≥ r₂ ≥ … the points of its steps (severity × confidence), t its tactics and c its coherence (the longest run of steps whose tactics go
 * forward in the matrix ÷ steps with a tactic):
 *
 *     base  = r₁ + (100 − r₁) · (1 − exp(−Σᵢ≥₂ rᵢ · i^−1.5 ÷ 100))
 *     score = min(100, base · min(1.5, 1 + 0.1 · (t − 1)) · (0.8 + 0.4 · c))      the last factor only from two steps on
 *
 * Bounded; more alerts add ever less, so a flood of low ones never outweighs a critical one. Parts: `severity` is r₁, `breadth` what the other steps add, `depth` what the chain adds;
 * a chain that goes nowhere takes from both.
 */
export function riskOf(steps: readonly Weighed[]): Risk {
  const counted = steps.filter((step) => !step.harmless);
  const points = pointsOf(counted);
  const worst = points[0];
  if (worst === undefined) return { score: 0, parts: [] };
  const base = baseOf(points);
  const order = counted.length < 2 ? 1 : 0.8 + 0.4 * coherence(counted);
  const factor = tacticFactor(counted) * order;
  const score = Math.min(100, base * factor);
  const kept = Math.min(1, factor);
  const parts = [
    { name: 'severity' as const, points: worst * kept },
    { name: 'breadth' as const, points: (base - worst) * kept },
    { name: 'depth' as const, points: score - base * kept },
  ];
  return { score: rounded(score), parts: balanced(parts, rounded(score)) };
}

/** The score without the order of the steps: it never falls as steps come in, which is what decides whether they are shown. */
export function growingRisk(steps: readonly Weighed[]): number {
  const counted = steps.filter((step) => !step.harmless);
  const points = pointsOf(counted);
  return points.length === 0 ? 0 : Math.min(100, baseOf(points) * tacticFactor(counted));
}

/** The longest run of steps whose tactics go forward ÷ steps with a tactic; 0 without any. */
export function coherence(steps: readonly Weighed[]): number {
  const ranks = steps.map(rankOf).filter((rank) => rank > 0);
  if (ranks.length === 0) return 0;
  // tails[n]: lowest last rank of a run of n + 1 steps.
  const tails: number[] = [];
  for (const rank of ranks) {
    const at = tails.findIndex((tail) => tail > rank);
    if (at === -1) tails.push(rank);
    else tails[at] = rank;
  }
  return tails.length / ranks.length;
}

function pointsOf(steps: readonly Weighed[]): readonly number[] {
  return steps.map((step) => (POINTS[step.severityId] ?? 0) * (CONFIDENCE[step.confidenceId] ?? 0.5)).sort((a, b) => b - a);
}

function baseOf(points: readonly number[]): number {
  const [worst = 0, ...others] = points;
  const sum = others.reduce((total, one, index) => total + one * (index + 2) ** -1.5, 0);
  return worst + (100 - worst) * (1 - Math.exp(-sum / 100));
}

function tacticFactor(steps: readonly Weighed[]): number {
  const tactics = new Set(steps.map((step) => step.tactic).filter((tactic) => tactic !== ''));
  return Math.min(1.5, 1 + 0.1 * Math.max(0, tactics.size - 1));
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Rounded, without empty ones, and still adding up: the largest takes what rounding left. */
function balanced<P extends { readonly name: string; readonly points: number }>(parts: readonly P[], score: number): P[] {
  const shown = parts.map((part) => ({ ...part, points: rounded(part.points) })).filter((part) => part.points > 0);
  const left = rounded(score - shown.reduce((sum, part) => sum + part.points, 0));
  const largest = shown.toSorted((a, b) => b.points - a.points)[0];
  return shown.map((part) => (part === largest ? { ...part, points: rounded(part.points + left) } : part));
}
