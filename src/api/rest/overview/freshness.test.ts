import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ageState, allowedAgeSec, cloudOfName } from './freshness.ts';

describe('allowedAgeSec', () => {
  it('is three times the longest pause of the past, at least a minute, and unknown with too little of it', () => {
    expect(
      allowedAgeSec(
        Array.from({ length: 60 }, () => 5),
        60,
      ),
    ).toBe(180);
    expect(
      allowedAgeSec(
        Array.from({ length: 60 }, () => 5),
        5,
      ),
    ).toBe(60);
    const everyFive = Array.from({ length: 60 }, (_, i) => (i % 5 === 0 ? 1 : 0));
    expect(allowedAgeSec(everyFive, 60)).toBe(900);
    expect(allowedAgeSec([0, 1, 0, 1], 60)).toBeNull();
    expect(allowedAgeSec([], 60)).toBeNull();
  });

  it('does not grow by the silence that is going on now', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3 }), { minLength: 20, maxLength: 60 }), fc.nat({ max: 30 }), (received, silent) => {
        expect(allowedAgeSec([...received, ...Array.from({ length: silent }, () => 0)], 60)).toBe(allowedAgeSec(received, 60));
      }),
    );
  });
});

describe('ageState', () => {
  it('goes from fresh over slow and late to silent', () => {
    expect([0, 75, 76, 100, 101, 199, 200].map((age) => ageState(age, 100))).toEqual([
      'fresh',
      'fresh',
      'slow',
      'slow',
      'late',
      'late',
      'silent',
    ]);
    expect(ageState(1e6, null)).toBe('fresh');
    expect(ageState(null, 100)).toBe('empty');
  });
});

describe('cloudOfName', () => {
  it('goes by whole words of the name', () => {
    expect(
      ['ali-waf3', 'tx_cfw', 'hw-waf-obs', 'aws-cloudtrail', 'azure-activity', 'gcp-audit', 'syslog-fw', 'validation', 'actiontrail'].map(
        cloudOfName,
      ),
    ).toEqual(['alibaba', 'tencent', 'huawei', 'aws', 'azure', 'google', 'other', 'other', 'alibaba']);
  });
});
