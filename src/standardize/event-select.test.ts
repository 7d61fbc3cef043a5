import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { observableType } from './event-select.ts';
import { checkRule, type SampleLog, type StandardizationRule } from './rule.ts';
import { sampleEvents, sampleSelect } from './test-rule.ts';
import { TestEngine } from './testing/engine.ts';

let engine: TestEngine;

beforeAll(() => {
  engine = new TestEngine();
});

afterAll(() => engine.close());

function rule(spl: string, more: object = {}): StandardizationRule {
  const checked = checkRule({ id: 'test.rule', revision: 3, title: 't', vendor: 'V', product: 'P', classUid: 4002, spl, ...more }, 'test');
  if ('problems' in checked) throw new Error(JSON.stringify(checked.problems));
  return checked.rule;
}

function events(of: StandardizationRule, logs: readonly SampleLog[]) {
  return sampleEvents(of, logs, engine.run(sampleSelect(of, logs)));
}

const NOW = 1725961920;
const log = (fields: Record<string, string>): SampleLog => ({
  __time__: String(NOW),
  __topic__: '',
  __source__: '',
  '__tag__:__receive_time__': String(NOW + 5),
  ...fields,
});

describe('what every event has', () => {
  test('class, category, type, product, log name and an id, whatever the program says', () => {
    const [made] = events(rule('* | extend activity_id = 3, class_uid = 1, type_uid = 9'), [log({})]);
    expect(made?.event).toMatchObject({
      class_uid: 4002,
      category_uid: 4,
      activity_id: 3,
      type_uid: 400203,
      severity_id: 1,
      time: NOW * 1000,
      metadata: { uid: '0/0/0/0', version: '1.8.0', log_name: 'sample', product: { name: 'P', vendor_name: 'V' }, logged_time: NOW * 1000 },
    });
  });

  test('a time before 2010 or a day ahead of receipt is replaced by that of the channel, and flagged', () => {
    const of = rule('* | extend time = t');
    const made = events(of, [
      log({ t: '2024-09-10T09:52:00Z' }),
      log({ t: '1999-01-01T00:00:00Z' }),
      log({ t: '2024-09-11T09:52:04Z' }),
      log({ t: '2024-09-12T09:52:00Z' }),
      log({ t: 'no time' }),
      log({}),
    ]);
    expect(made.map((one) => [one.event?.['time'], one.timeReplaced])).toEqual([
      [NOW * 1000, false],
      [NOW * 1000, true],
      [(NOW + 86_404) * 1000, false],
      [NOW * 1000, true],
      [NOW * 1000, false],
      [NOW * 1000, false],
    ]);
  });

  test('observables are the entities of its columns, lists and single ones', () => {
    const of = rule(
      `* | extend "src_endpoint.ip" = a, "http_request.url.hostname" = h, "http_request.x_forwarded_for" = split(x, ','), "src_endpoint.port" = '1', "http_request.user_agent" = 'curl'`,
    );
    const [made] = events(of, [log({ a: '192.0.2.1', h: 'www.example.com', x: '192.0.2.2,192.0.2.3' })]);
    expect(made?.event?.['observables']).toEqual([
      { type_id: 2, type: 'IP Address', name: 'src_endpoint.ip', value: '192.0.2.1' },
      { type_id: 1, type: 'Hostname', name: 'http_request.url.hostname', value: 'www.example.com' },
      { type_id: 2, type: 'IP Address', name: 'http_request.x_forwarded_for', value: '192.0.2.2' },
      { type_id: 2, type: 'IP Address', name: 'http_request.x_forwarded_for', value: '192.0.2.3' },
    ]);
    expect(observableType(2004, 'evidences.process.cmd_line')).toBeNull();
    expect(observableType(6003, 'actor.user.credential_uid')).toBe(19);
  });

  test('lists of objects are put together by position, whichever members a log has', () => {
    const of = rule(`* | extend "resources.uid" = split(u, ','), "resources.name" = n, "resources.type" = 't'`, { classUid: 6003 });
    const made = events(of, [log({ u: 'a,b', n: 'x' }), log({ u: 'c' }), log({})]);
    expect(made.map((one) => one.event?.['resources'])).toEqual([
      [{ uid: 'a', name: 'x', type: 't' }, { uid: 'b' }],
      [{ uid: 'c', type: 't' }],
      [{ type: 't' }],
    ]);
  });
});

describe('what a log cannot do', () => {
  test('write a column that the program does not name', () => {
    const hostile = log({
      'actor.user.name': 'root',
      'src_endpoint.ip': '10.0.0.1',
      severity_id: '5',
      message: 'forged',
      rule: 'other.rule',
      body: '{"severity_id":5,"actor.user.name":"root","time":"2020-01-01T00:00:00Z","message":"forged"}',
    });
    const [made] = events(rule('* | parse-json body | extend "src_endpoint.ip" = a'), [hostile]);
    expect(made?.event).toMatchObject({ severity_id: 1, time: NOW * 1000 });
    expect(made?.event).not.toHaveProperty('actor');
    expect(made?.event).not.toHaveProperty('message');
    expect(made?.event).not.toHaveProperty('src_endpoint');
  });

  test('stop the others by a value that is none', () => {
    const of = rule(
      `* | parse-json body | extend "src_endpoint.port" = port, duration = cast(round(try_cast(ms as double)) as bigint), "http_response.code" = code, time = t`,
    );
    const made = events(of, [
      log({ body: '{"port":"80","ms":"1.5"', code: '200' }),
      log({ body: 'ï¿½\u0001', ms: 'NaN', code: '9999999999999999999999', t: '\u0000' }),
      log({ body: '{"port":"443","ms":"12.6","code":"200"}' }),
    ]);
    expect(made.map((one) => one.event !== null)).toEqual([true, true, true]);
    expect(made[2]?.event).toMatchObject({ src_endpoint: { port: 443 }, duration: 13, http_response: { code: 200 } });
    expect(made[1]?.event).not.toHaveProperty('http_response');
  });
});

describe('what an author is told', () => {
  test.each([
    ['* | extend "src_endpoint.ipp" = a', /has no column src_endpoint\.ipp/],
    [`* | extend app_name = split(a, ',')`, /field app_name is array\(varchar\), but its column/],
    ['* | stats n = count(*)', /stats/],
    ['error | extend app_name = a', /must begin with \*/],
    ['* | extend app_name = nosuch(a)', /nosuch/],
  ])('%s', (spl, message) => {
    expect(() => sampleSelect(rule(spl), [log({})])).toThrow(message);
  });

  test('a topic that the rule does not take makes no event', () => {
    const of = rule('* | extend app_name = a', { match: { topics: ['good'] } });
    const made = events(of, [log({ a: 'x' }), { ...log({ a: 'x' }), __topic__: 'good' }]);
    expect(made.map((one) => one.event !== null)).toEqual([false, true]);
  });
});
