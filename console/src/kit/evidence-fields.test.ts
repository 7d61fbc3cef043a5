import { describe, expect, it } from 'vitest';
import { readableFields, shortPath } from './evidence-fields.ts';

describe('readableFields', () => {
  it('opens a JSON object and keeps everything else as it came', () => {
    const event = JSON.stringify({ eventName: 'DeleteTrail', user: { name: 'ops-alice' }, tags: ['a', 'b'], ok: true, none: null });
    expect(readableFields({ region: 'cn-hangzhou', event, list: '[1,2]', broken: '{"a":' })).toEqual([
      ['region', 'cn-hangzhou'],
      ['event.eventName', 'DeleteTrail'],
      ['event.user.name', 'ops-alice'],
      ['event.tags', '["a","b"]'],
      ['event.ok', 'true'],
      ['event.none', 'null'],
      ['list', '[1,2]'],
      ['broken', '{"a":'],
    ]);
  });

  it('leaves an empty object and what lies very deep as text', () => {
    expect(readableFields({ empty: '{}' })).toEqual([['empty', '{}']]);
    expect(readableFields({ deep: '{"a":{"b":{"c":{"d":{"e":1}}}}}' })).toEqual([['deep.a.b.c.d', '{"e":1}']]);
  });
});

describe('shortPath', () => {
  it('keeps the end of a long path and a name without members whole', () => {
    expect(shortPath('event.userIdentity.userName')).toBe('…entity.userName');
    expect(shortPath('event.eventName')).toBe('event.eventName');
    expect(shortPath('response_body_length_total')).toBe('response_body_length_total');
  });
});
