import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANE_HEIGHT, NODE_RADIUS, edgePath, layoutChain, lineage, timeTicks, timeToX, type ChainStep } from './chain-layout.ts';

const measure = (text: string) => text.length * 6.2;
const step = (id: string, minute: number, lane: string, title = id): ChainStep => ({
  id,
  timeMs: minute * 60_000,
  lane,
  cloud: 'ali',
  severity: 'high',
  title,
});

describe('chain layout', () => {
  it('puts x at real time and y at the lane', () => {
    const { nodes, height } = layoutChain({
      lanes: ['a', 'b'],
      steps: [step('1', 0, 'a'), step('2', 30, 'b'), step('3', 60, 'a')],
      edges: [],
      fromMs: 0,
      toMs: 3_600_000,
      width: 642,
      measure,
    });
    expect(height).toBe(2 * LANE_HEIGHT);
    expect(nodes.map((node) => [node.key, node.x, node.y])).toEqual([
      ['1', 21, 28],
      ['3', 621, 28],
      ['2', 321, 84],
    ]);
  });

  it('merges nodes of a lane nearer than 30 px and leaves others alone', () => {
    const { nodes } = layoutChain({
      lanes: ['a'],
      steps: [step('1', 0, 'a'), step('2', 2, 'a'), step('3', 4, 'a'), step('4', 40, 'a')],
      edges: [],
      fromMs: 0,
      toMs: 3_600_000,
      width: 642,
      measure,
    });
    expect(nodes.map((node) => node.steps.map((item) => item.id))).toEqual([['1', '2'], ['3'], ['4']]);
  });

  it('keeps every label inside the plot and off nodes and other labels', () => {
    const lanes = ['a', 'b', 'c'];
    const steps = fc.array(
      fc.record({ minute: fc.integer({ min: 0, max: 60 }), lane: fc.constantFrom(...lanes), title: fc.string({ maxLength: 40 }) }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, (drawn) => {
        const layout = layoutChain({
          lanes,
          steps: drawn.map((item, index) => step(String(index), item.minute, item.lane, item.title)),
          edges: [],
          fromMs: 0,
          toMs: 3_600_000,
          width: 600,
          measure,
        });
        const boxes = layout.labels.map((label) => {
          const wide = measure(label.text);
          const left = label.anchor === 'start' ? label.x : label.anchor === 'end' ? label.x - wide : label.x - wide / 2;
          return {
            key: label.nodeKey,
            left,
            right: left + wide,
            y: layout.nodes.find((node) => node.key === label.nodeKey)?.y ?? -1,
            above: label.side === 'above',
          };
        });
        for (const box of boxes) {
          expect(box.left).toBeGreaterThanOrEqual(2);
          expect(box.right).toBeLessThanOrEqual(598);
          for (const node of layout.nodes) {
            if (box.above || node.y !== box.y) continue;
            expect(node.x + NODE_RADIUS <= box.left || node.x - NODE_RADIUS >= box.right || box.left === box.right).toBe(true);
          }
          for (const other of boxes) {
            if (other === box || other.above !== box.above || other.y !== box.y || box.left === box.right || other.left === other.right)
              continue;
            expect(other.right <= box.left || other.left >= box.right).toBe(true);
          }
        }
        expect(layout.nodes.flatMap((node) => node.steps)).toHaveLength(drawn.length);
      }),
    );
  });

  it('leaves the cause vertically and enters the effect horizontally', () => {
    expect(edgePath(100, 28, 200, 28)).toBe('M115,28H180');
    expect(edgePath(100, 28, 200, 84)).toBe('M100,43V72Q100,84 112,84H180');
    expect(edgePath(100, 84, 200, 28)).toBe('M100,69V40Q100,28 112,28H180');
    expect(edgePath(100, 28, 110, 84)).toMatch(/^M100,43C.* 110,64$/u);
  });

  it('draws nothing for an edge inside a merged node or out of the window', () => {
    const { paths } = layoutChain({
      lanes: ['a'],
      steps: [step('1', 0, 'a'), step('2', 1, 'a'), step('3', 90, 'a')],
      edges: [
        { from: '1', to: '2', sourceOnly: false },
        { from: '1', to: '3', sourceOnly: false },
      ],
      fromMs: 0,
      toMs: 3_600_000,
      width: 642,
      measure,
    });
    expect(paths).toEqual([]);
  });
});

describe('lineage', () => {
  const edges = [
    ['a', 'b'],
    ['b', 'c'],
    ['b', 'd'],
    ['x', 'd'],
    ['c', 'a'],
  ].map(([from, to]) => ({ from: from ?? '', to: to ?? '', sourceOnly: false }));
  it('walks causes and effects, ends on cycles and does not come back down from a cause', () => {
    expect([...lineage('d', edges)].toSorted()).toEqual(['a', 'b', 'c', 'd', 'x']);
    expect([...lineage('x', edges)].toSorted()).toEqual(['d', 'x']);
  });
});

describe('time axis', () => {
  it('falls on round times of the zone, never more than wanted', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1000, max: 5e9 }), (from, span) => {
        const ticks = timeTicks(from, from + span, 8, 5.5 * 3_600_000);
        expect(ticks.length).toBeLessThanOrEqual(9);
        for (const tick of ticks) expect(tick >= from && tick <= from + span).toBe(true);
      }),
    );
    expect(timeTicks(0, 3_600_000, 6, 0)).toEqual([0, 600_000, 1_200_000, 1_800_000, 2_400_000, 3_000_000, 3_600_000]);
    expect(timeToX(0, 0, 10, 642)).toBe(21);
  });
});
