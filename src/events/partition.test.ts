import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { components, parts, type Caps, type Gaps, type LinkedAlert } from './partition.ts';

const HOUR = 3_600_000;
const GAPS: Gaps = {
  key: 24 * HOUR,
  hash: 72 * HOUR,
  user: 2 * HOUR,
  host: 1.5 * HOUR,
  ip: 3 * HOUR,
  ipInternal: 0.5 * HOUR,
  domain: 12 * HOUR,
  resource: 0,
  userIp: 48 * HOUR,
  hostUser: 48 * HOUR,
  keyIp: 72 * HOUR,
  ipResource: 24 * HOUR,
  userResource: 24 * HOUR,
  ipHost: 24 * HOUR,
};
const CAPS: Caps = { alerts: 500, principals: 50, days: 14 };

const alert = (no: number, atHours: number, keys: readonly string[], lengthHours = 0): LinkedAlert => ({
  no,
  uid: String(no).padStart(4, '0'),
  firstMs: atHours * HOUR,
  lastMs: (atHours + lengthHours) * HOUR,
  principal: keys[0] ?? '',
  keys,
});
const numbers = (groups: readonly (readonly LinkedAlert[])[]): number[][] =>
  groups.map((group) => group.map((one) => one.no).sort((a, b) => a - b)).sort((a, b) => (a[0] as number) - (b[0] as number));

/** Every two alerts compared: what the sweep must equal. */
function bruteForce(alerts: readonly LinkedAlert[]): number[][] {
  const root = new Map(alerts.map((one) => [one.no, one.no]));
  const find = (no: number): number => (root.get(no) === no ? no : find(root.get(no) as number));
  for (const a of alerts)
    for (const b of alerts)
      for (const key of a.keys.filter((one) => b.keys.includes(one))) {
        const gap = GAPS[key.slice(0, key.indexOf('|')) as keyof Gaps];
        const [early, late] = a.firstMs <= b.firstMs ? [a, b] : [b, a];
        if (gap > 0 && late.firstMs - early.lastMs <= gap) root.set(find(a.no), find(b.no));
      }
  const groups = new Map<number, LinkedAlert[]>();
  for (const one of alerts) groups.set(find(one.no), [...(groups.get(find(one.no)) ?? []), one]);
  return numbers([...groups.values()]);
}

const anyAlerts = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 100 }),
      length: fc.integer({ min: 0, max: 10 }),
      keys: fc.uniqueArray(
        fc.constantFrom('ip|a', 'ip|b', 'user|u', 'host|h', 'host|i', 'resource|r', 'userIp|u|a', 'ipInternal|10.0.0.1'),
        {
          maxLength: 4,
        },
      ),
    }),
    { maxLength: 40 },
  )
  .map((all) => all.map(({ at, length, keys }, index) => alert(index + 1, at / 2, keys, length / 4)));

describe('components', () => {
  test('links what names the same thing within its time, and no further', () => {
    const alerts = [
      alert(1, 0, ['ip|a']),
      alert(2, 3, ['ip|a']),
      alert(3, 6.01, ['ip|a']),
      alert(4, 0, ['resource|r']),
      alert(5, 0, ['resource|r']),
    ];
    expect(numbers(components(alerts, GAPS))).toEqual([[1, 2], [3], [4], [5]]);
    expect(numbers(components(alerts, GAPS, [[3, 4]]))).toEqual([[1, 2], [3, 4], [5]]);
  });

  test('an alert that lasts reaches from its end', () => {
    expect(numbers(components([alert(1, 0, ['ip|a'], 10), alert(2, 2, ['ip|a']), alert(3, 12, ['ip|a'])], GAPS))).toEqual([[1, 2, 3]]);
  });

  test('equals comparing every two, in any order of the alerts', () => {
    fc.assert(
      fc.property(anyAlerts, fc.infiniteStream(fc.integer({ min: 0, max: 1_000_000 })), (alerts, random) => {
        const shuffled = alerts.map((one) => ({ one, at: random.next().value as number })).sort((a, b) => a.at - b.at);
        const made = numbers(
          components(
            shuffled.map(({ one }) => one),
            GAPS,
          ),
        );
        expect(made).toEqual(bruteForce(alerts));
      }),
      { numRuns: 300 },
    );
  });

  test('a further alert never parts what was linked', () => {
    fc.assert(
      fc.property(anyAlerts, (alerts) => {
        const before = components(alerts.slice(0, -1), GAPS);
        const after = components(alerts, GAPS).map((group) => new Set(group.map((one) => one.no)));
        for (const group of before) expect(after.some((larger) => group.every((one) => larger.has(one.no)))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe('parts', () => {
  test('what is over a cap is made again with shorter gaps, the same for any order', () => {
    // Two bursts an hour and a half apart, held together by one address.
    const alerts = Array.from({ length: 40 }, (_, index) => alert(index + 1, (index < 20 ? 0 : 2.5) + (index % 20) / 60, ['ip|a']));
    const caps = { ...CAPS, alerts: 30 };
    const made = numbers(parts(alerts, GAPS, caps));
    expect(made.map((part) => part.length)).toEqual([20, 20]);
    expect(numbers(parts(alerts.toReversed(), GAPS, caps))).toEqual(made);
  });

  test('no part is over a cap, no alert is lost, whatever holds them together', () => {
    fc.assert(
      fc.property(anyAlerts, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }), (alerts, most, principals) => {
        const caps = { alerts: most, principals, days: 1 };
        for (const component of components(alerts, GAPS)) {
          const made = parts(component, GAPS, caps);
          expect(
            made
              .flat()
              .map((one) => one.no)
              .sort((a, b) => a - b),
          ).toEqual(component.map((one) => one.no).sort((a, b) => a - b));
          for (const part of made) {
            expect(part.length).toBeLessThanOrEqual(most);
            expect(new Set(part.map((one) => one.principal)).size).toBeLessThanOrEqual(principals);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
