import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from './nearest-name.ts';

describe('nearestName', () => {
  it('finds a slip, a swap and a wrong case, and stays silent when nothing is near', () => {
    const known = ['http.port', 'http.host', 'sls.port', 'dataDir'];
    expect(nearestName('http.prot', known)).toBe('http.port');
    expect(nearestName('datadir', known)).toBe('dataDir');
    expect(nearestName('sls.prt', known)).toBe('sls.port');
    expect(nearestName('retention', known)).toBeNull();
    expect(nearestName('x', [])).toBeNull();
  });
});

describe('editDistance', () => {
  it('is 0 for the same, symmetric, and never more than the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });

  it('counts an inserted character and a swap of neighbours as one', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 2, maxLength: 12 }), fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (a, place, extra) => {
        const at = place % (a.length - 1);
        const swapped = a.slice(0, at) + (a[at + 1] ?? '') + (a[at] ?? '') + a.slice(at + 2);
        expect(editDistance(a, swapped)).toBeLessThanOrEqual(1);
        expect(editDistance(a, a.slice(0, at) + extra + a.slice(at))).toBe(1);
      }),
    );
  });
});
