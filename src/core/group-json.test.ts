import { describe, expect, test } from 'vitest';
import type { SluiceError } from './errors.ts';
import { GroupBuilder } from './group-builder.ts';
import { buildGroupFromJson } from './group-json.ts';
import { decodeGroup } from './group-reader.ts';

function groupOf(body: unknown, receiveTime = false): ReturnType<typeof decodeGroup> {
  const builder = new GroupBuilder();
  buildGroupFromJson(body, builder, { defaultSec: 1_700_000_123, receiveTime });
  const decoded = decodeGroup(builder.finish());
  return { ...decoded, logs: decoded.logs.map((log) => ({ ...log, fields: { ...log.fields } })), tags: { ...decoded.tags } };
}

describe('JSON form of a group', () => {
  test('topic, source, tags and logs arrive', () => {
    expect(
      groupOf({
        __topic__: 't',
        __source__: '10.0.0.1',
        __tags__: { env: 'prod' },
        __logs__: [{ __time__: 1700000000, level: 'error' }, { __time__: '1700000001', 键: '值' }, { a: 'b' }],
      }),
    ).toEqual({
      topic: 't',
      source: '10.0.0.1',
      tags: { env: 'prod' },
      logs: [
        { timeSec: 1700000000, timeNsPart: 0, fields: { level: 'error' } },
        { timeSec: 1700000001, timeNsPart: 0, fields: { 键: '值' } },
        { timeSec: 1700000123, timeNsPart: 0, fields: { a: 'b' } },
      ],
    });
  });

  test('web tracking takes the receive time, and __time__ is no field', () => {
    expect(groupOf({ __logs__: [{ __time__: 5, a: 'b' }] }, true).logs).toEqual([
      { timeSec: 1700000123, timeNsPart: 0, fields: { a: 'b' } },
    ]);
  });

  test('values that are not text become their JSON text', () => {
    expect(groupOf({ __logs__: [{ n: 1.5, t: true, o: { a: [1] }, z: null }] }).logs[0]?.fields).toEqual({
      n: '1.5',
      t: 'true',
      o: '{"a":[1]}',
      z: '',
    });
  });

  test.each([
    [[], 'the body'],
    [null, 'the body'],
    [{ __topic__: 'x' }, '__logs__'],
    [{ __logs__: 'x' }, '__logs__'],
    [{ __logs__: [{}, 'x'] }, '__logs__[1]'],
    [{ __logs__: [{ __time__: 'yesterday' }] }, '__logs__[0].__time__'],
    [{ __logs__: [{ __time__: 1.5 }] }, '__logs__[0].__time__'],
    [{ __logs__: [], __tags__: ['a'] }, '__tags__'],
  ])('%j is refused, naming %s', (body, where) => {
    try {
      groupOf(body);
    } catch (thrown) {
      expect((thrown as SluiceError).code).toBe('group.malformed');
      expect((thrown as SluiceError).details['where']).toBe(where);
      return;
    }
    throw new Error('accepted');
  });
});
