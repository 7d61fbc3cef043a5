import { SluiceError } from './errors.ts';
import type { GroupBuilder } from './group-builder.ts';

/**
 * Writes the JSON form of a group (`{"__topic__","__source__","__tags__":{},"__logs__":[{"__time__":1700000000,"k":"v"}]}`, sls-api §3.1, §3.2) into
 * `builder`. `__time__` is a number or digits; a log without one gets `defaultSec`; with `receiveTime` every log does, as web tracking wants it.
 * Texts stay as they are; numbers, booleans and nested values become their JSON text, null an empty text.
 * @throws group.malformed naming what is wrong and where
 */
export function buildGroupFromJson(
  body: unknown,
  builder: GroupBuilder,
  times: { readonly defaultSec: number; readonly receiveTime: boolean },
): void {
  const group = objectOf(body, 'the body');
  const logs = group['__logs__'];
  if (!Array.isArray(logs)) throw wrong('__logs__', 'is not an array of logs');
  builder.begin();
  for (const [index, entry] of (logs as readonly unknown[]).entries()) {
    const log = objectOf(entry, `__logs__[${index}]`);
    builder.beginLog(times.receiveTime ? times.defaultSec : timeOf(log['__time__'], `__logs__[${index}].__time__`, times.defaultSec));
    for (const [key, value] of Object.entries(log)) {
      if (key !== '__time__') builder.field(key, textOf(value));
    }
    builder.endLog();
  }
  const topic = group['__topic__'];
  if (topic !== undefined) builder.topic(textOf(topic));
  const source = group['__source__'];
  if (source !== undefined) builder.source(textOf(source));
  const tags = group['__tags__'];
  if (tags !== undefined && tags !== null) {
    for (const [key, value] of Object.entries(objectOf(tags, '__tags__'))) builder.tag(key, textOf(value));
  }
}

function timeOf(value: unknown, where: string, defaultSec: number): number {
  if (value === undefined || value === null || value === '') return defaultSec;
  const time = typeof value === 'number' ? value : typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : NaN;
  if (!(Number.isInteger(time) && time >= 0 && time <= 0xffff_ffff)) throw wrong(where, `is ${textOf(value)}, expected Unix seconds`);
  return time;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return '';
  return JSON.stringify(value);
}

function objectOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(where, 'is not an object');
  return value as Readonly<Record<string, unknown>>;
}

function wrong(where: string, what: string): SluiceError {
  return new SluiceError('group.malformed', `${where} ${what}`, { where });
}
