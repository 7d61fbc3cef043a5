import { readFileSync } from 'node:fs';
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

  it('knows every page of the router that shows no single thing', () => {
    const router = readFileSync(new URL('../../router.tsx', import.meta.url), 'utf8');
    const pages = [...router.matchAll(/path: '(\/[^'$]+)'/gu)].map(([, path]) => path ?? '');
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.filter((page) => placeOf(page)?.page !== page)).toEqual([]);
  });

  it('leads nowhere when the console has no such page', () => {
    expect(placeOf('/integration')).toBeNull();
    expect(placeOf('/storeroom')).toBeNull();
  });
});
