import { describe, expect, it } from 'vitest';
import { placeOf } from './places.ts';

describe('placeOf', () => {
  it('leads to the page of the console that shows the thing', () => {
    expect(placeOf('/alerts')).toEqual({ page: '/alerts' });
    expect(placeOf('/pipeline')).toEqual({ page: '/jobs' });
    expect(placeOf('/shipping')).toEqual({ page: '/consumer-groups' });
    expect(placeOf('/stores/sec-prod/waf')).toEqual({
      page: '/stores/$project/$logstore',
      params: { project: 'sec-prod', logstore: 'waf' },
    });
  });

  it('leads nowhere when the console has no such page', () => {
    expect(placeOf('/integration')).toBeNull();
    expect(placeOf('/storeroom')).toBeNull();
  });
});
