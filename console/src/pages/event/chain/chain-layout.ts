/**
 * Places an attack chain: x is real time without gap compression, y is a lane (a tactic, a cloud or an entity). Pure, so that the
 * rules of crowding are tested without a browser. All lengths in px; x is relative to the plot, y to the first lane's top.
 */
import type { Cloud } from '../../../kit/cloud.ts';
import type { Severity } from '../../../kit/severity.ts';

export const LANE_HEIGHT = 56;
/** Half a node with its ring. */
export const NODE_RADIUS = 15;
/** Nodes of a lane closer than this become one node with a count. */
const MERGE_BELOW = 30;
const CORNER = 12;
const LABEL_GAP = 7;
const LABEL_HEIGHT = 30;

export interface ChainStep {
  readonly id: string;
  readonly timeMs: number;
  readonly lane: string;
  readonly cloud: Cloud;
  readonly severity: Severity;
  readonly title: string;
}

export interface ChainEdge {
  readonly from: string;
  readonly to: string;
  /** Only the source address is shared: drawn dashed. */
  readonly sourceOnly: boolean;
}

export interface ChainInput {
  /** In drawing order, empty lanes left out. */
  readonly lanes: readonly string[];
  readonly steps: readonly ChainStep[];
  readonly edges: readonly ChainEdge[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
  /** Width of a label in px. */
  readonly measure: (text: string) => number;
}

export interface ChainNode {
  readonly key: string;
  readonly steps: readonly ChainStep[];
  readonly x: number;
  readonly y: number;
}

export interface ChainLabel {
  readonly nodeKey: string;
  readonly side: 'right' | 'left' | 'above';
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end' | 'middle';
  readonly text: string;
}

export interface ChainPath {
  readonly from: string;
  readonly to: string;
  readonly fromKey: string;
  readonly toKey: string;
  readonly d: string;
  readonly sourceOnly: boolean;
  readonly crosses: boolean;
  readonly fromCloud: Cloud;
  readonly toCloud: Cloud;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface ChainLayout {
  readonly height: number;
  readonly nodes: readonly ChainNode[];
  readonly labels: readonly ChainLabel[];
  readonly paths: readonly ChainPath[];
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const overlaps = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** px of a time in the plot; the plot keeps room for a whole node at both ends. */
export function timeToX(timeMs: number, fromMs: number, toMs: number, width: number): number {
  const inner = Math.max(1, width - 2 * NODE_RADIUS - 12);
  return NODE_RADIUS + 6 + ((timeMs - fromMs) / Math.max(1, toMs - fromMs)) * inner;
}

export function layoutChain(input: ChainInput): ChainLayout {
  const visible = input.steps.filter((step) => step.timeMs >= input.fromMs && step.timeMs <= input.toMs);
  const nodes = input.lanes.flatMap((lane, index) => mergeLane(visible, lane, index, input));
  const byStep = new Map(nodes.flatMap((node) => node.steps.map((step) => [step.id, node] as const)));
  const paths = input.edges.flatMap((edge) => pathOf(edge, byStep, input.steps));
  return { height: input.lanes.length * LANE_HEIGHT, nodes, labels: placeLabels(nodes, paths, input), paths };
}

function mergeLane(steps: readonly ChainStep[], lane: string, index: number, input: ChainInput): ChainNode[] {
  const y = index * LANE_HEIGHT + LANE_HEIGHT / 2;
  const groups: { x: number; steps: ChainStep[] }[] = [];
  for (const step of steps.filter((item) => item.lane === lane).toSorted((a, b) => a.timeMs - b.timeMs)) {
    const x = timeToX(step.timeMs, input.fromMs, input.toMs, input.width);
    const last = groups.at(-1);
    if (last && x - last.x < MERGE_BELOW) last.steps.push(step);
    else groups.push({ x, steps: [step] });
  }
  return groups.map((group) => ({ key: group.steps[0]?.id ?? lane, steps: group.steps, x: group.x, y }));
}

function pathOf(edge: ChainEdge, byStep: ReadonlyMap<string, ChainNode>, steps: readonly ChainStep[]): ChainPath[] {
  const a = byStep.get(edge.from);
  const b = byStep.get(edge.to);
  if (!a || !b || a === b) return [];
  const from = steps.find((step) => step.id === edge.from);
  const to = steps.find((step) => step.id === edge.to);
  if (!from || !to) return [];
  return [
    {
      from: edge.from,
      to: edge.to,
      fromKey: a.key,
      toKey: b.key,
      sourceOnly: edge.sourceOnly,
      crosses: from.cloud !== to.cloud,
      fromCloud: from.cloud,
      toCloud: to.cloud,
      x1: a.x,
      y1: a.y,
      x2: b.x,
      y2: b.y,
      d: edgePath(a.x, a.y, b.x, b.y),
    },
  ];
}

/** Vertical out of the cause, rounded corner, horizontal into the effect. Ends a little before the node, where the arrow head sits. */
export function edgePath(x1: number, y1: number, x2: number, y2: number): string {
  const n = (value: number) => Number(value.toFixed(1));
  if (y1 === y2) {
    const right = x2 >= x1 ? 1 : -1;
    return `M${n(x1 + right * NODE_RADIUS)},${n(y1)}H${n(x2 - right * (NODE_RADIUS + 5))}`;
  }
  const down = y2 > y1 ? 1 : -1;
  const right = x2 >= x1 ? 1 : -1;
  const run = Math.abs(x2 - x1) - NODE_RADIUS - 5;
  const startY = y1 + down * NODE_RADIUS;
  if (run >= CORNER) {
    return `M${n(x1)},${n(startY)}V${n(y2 - down * CORNER)}Q${n(x1)},${n(y2)} ${n(x1 + right * CORNER)},${n(y2)}H${n(x2 - right * (NODE_RADIUS + 5))}`;
  }
  // Too close for a corner: leave by the side away from the effect and swing in, or drop straight on it.
  const endY = y2 - down * (NODE_RADIUS + 5);
  const middle = (startY + endY) / 2;
  return `M${n(x1)},${n(startY)}C${n(x1)},${n(middle)} ${n(x2)},${n(middle)} ${n(x2)},${n(endY)}`;
}

/** Right of the node, else left, else above, else none (then the label is shown on hover). Earlier nodes choose first. */
function placeLabels(nodes: readonly ChainNode[], paths: readonly ChainPath[], input: ChainInput): ChainLabel[] {
  const taken: Box[] = nodes.map((node) => ({
    left: node.x - NODE_RADIUS,
    right: node.x + NODE_RADIUS,
    top: node.y - NODE_RADIUS,
    bottom: node.y + NODE_RADIUS,
  }));
  const vertical: Box[] = paths
    .filter((path) => path.y1 !== path.y2)
    .map((path) => ({ left: path.x1 - 1, right: path.x1 + 1, top: Math.min(path.y1, path.y2), bottom: Math.max(path.y1, path.y2) }));
  const horizontal: Box[] = paths
    .filter((path) => path.y1 === path.y2 && path.x2 > path.x1)
    .map((path) => ({ left: path.x1, right: path.x2, top: path.y1 - 1, bottom: path.y1 + 1 }));
  const labels: ChainLabel[] = [];
  const place = (node: ChainNode, text: string, avoidEdges: boolean): boolean => {
    const wide = input.measure(text);
    const middleTop = node.y - LABEL_HEIGHT / 2;
    const sides = [
      {
        side: 'right',
        anchor: 'start',
        x: node.x + NODE_RADIUS + LABEL_GAP,
        left: node.x + NODE_RADIUS + LABEL_GAP,
        top: middleTop,
        height: LABEL_HEIGHT,
        y: node.y,
      },
      {
        side: 'left',
        anchor: 'end',
        x: node.x - NODE_RADIUS - LABEL_GAP,
        left: node.x - NODE_RADIUS - LABEL_GAP - wide,
        top: middleTop,
        height: LABEL_HEIGHT,
        y: node.y,
      },
      {
        side: 'above',
        anchor: 'middle',
        x: node.x,
        left: node.x - wide / 2,
        top: node.y - NODE_RADIUS - 15,
        height: 13,
        y: node.y - NODE_RADIUS - 5,
      },
    ] as const;
    for (const option of sides) {
      const box = { left: option.left, right: option.left + wide, top: option.top, bottom: option.top + option.height };
      if (box.left < 2 || box.right > input.width - 2) continue;
      if (taken.some((other) => overlaps(box, other))) continue;
      if (avoidEdges && vertical.some((other) => overlaps(box, other))) continue;
      if (avoidEdges && option.side === 'right' && horizontal.some((other) => overlaps(box, other) && other.left < box.left + wide / 2))
        continue;
      taken.push(box);
      labels.push({ nodeKey: node.key, side: option.side, x: option.x, y: option.y, anchor: option.anchor, text });
      return true;
    }
    return false;
  };
  const ordered = nodes.toSorted((a, b) => a.x - b.x);
  const waiting: ChainNode[] = [];
  for (const node of ordered) if (node.steps.length === 1 && !place(node, node.steps[0]?.title ?? '', true)) waiting.push(node);
  // Second round: a label may cross an edge (it is drawn with a halo), but never a node or another label.
  for (const node of waiting) {
    const title = node.steps[0]?.title ?? '';
    if (!place(node, title, false) && title.length > 22) place(node, `${title.slice(0, 20).trimEnd()}…`, false);
  }
  return labels;
}

/** Everything that led to a step and everything it led to, itself included. */
export function lineage(stepId: string, edges: readonly ChainEdge[]): ReadonlySet<string> {
  const found = new Set([stepId]);
  const walk = (next: (edge: ChainEdge) => readonly [string, string]) => {
    const queue = [stepId];
    const seen = new Set(queue);
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      for (const edge of edges) {
        const [here, there] = next(edge);
        if (here !== at || seen.has(there)) continue;
        seen.add(there);
        found.add(there);
        queue.push(there);
      }
    }
  };
  walk((edge) => [edge.to, edge.from]);
  walk((edge) => [edge.from, edge.to]);
  return found;
}

/** Round clock times for an axis of about `wanted` ticks, UTC milliseconds. `offsetMs` is the zone's, so that hours fall on local hours. */
export function timeTicks(fromMs: number, toMs: number, wanted: number, offsetMs: number): readonly number[] {
  const minute = 60_000;
  const steps = [
    1000,
    5000,
    10_000,
    30_000,
    minute,
    2 * minute,
    5 * minute,
    10 * minute,
    15 * minute,
    30 * minute,
    60 * minute,
    120 * minute,
    180 * minute,
    360 * minute,
    720 * minute,
    1440 * minute,
  ];
  const span = Math.max(1, toMs - fromMs);
  let step = steps.find((candidate) => span / candidate <= wanted) ?? 1440 * minute;
  while (span / step > wanted) step *= 2;
  const ticks: number[] = [];
  for (let at = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs; at <= toMs; at += step) ticks.push(at);
  return ticks;
}
