import { describe, expect, it } from 'vitest';
import { GroupBuilder } from '../../core/group-builder.ts';
import { RecordBatch } from '../batch.ts';
import { syslogConfig } from '../syslog/config.ts';
import { SyslogEncoder } from './syslog.ts';

type FieldList = readonly (readonly [string, string | Buffer])[];

/** Messages of one group of logs, each as the receiver gets it. */
function encode(options: Record<string, unknown>, logs: readonly FieldList[], ns = 7_000_001, source = 'gw-1'): string[] {
  const builder = new GroupBuilder();
  builder.begin();
  for (const fields of logs) {
    builder.beginLog(1_725_961_920, ns);
    for (const [key, value] of fields) builder.field(key, value);
    builder.endLog();
  }
  builder.topic('t');
  builder.source(source);
  builder.tag('az', 'b');
  const group = builder.finish();
  const batch = new RecordBatch(3, 64);
  const config = syslogConfig.parse({ transport: 'udp', host: 'h', port: 514, timeZone: 'UTC', ...options });
  const encoder = new SyslogEncoder(config, { project: 'p', logstore: 'waf', shard: 3 });
  encoder.encode(group, 0, group.length, '42', 0, batch, 1e9, 1e9);
  return Array.from({ length: batch.count }, (_, record) => batch.record(record).toString('utf8'));
}

const one = (options: Record<string, unknown>, fields: FieldList, ...more: [number?, string?]): string =>
  encode(options, [fields], ...more)[0]!;

describe('RFC 5424 [K13 K15]', () => {
  it('has the header of the RFC, FAC_USER and SEV_INFO by default', () => {
    expect(one({}, [['a', 'x']])).toBe(
      '<14>1 2024-09-10T09:52:00.007000Z gw-1 waf - - [sluice@32473 id="p/waf/3/42/0"] {"a":"x","__topic__":"t","__tag__:az":"b"}',
    );
    expect(one({ structuredData: false, tag: 'app', hostname: 'h1', facility: 'local7', severity: 'debug' }, [], 0)).toBe(
      '<191>1 2024-09-10T09:52:00Z h1 app - - - {"__topic__":"t","__tag__:az":"b"}',
    );
    expect(one({ facility: 'kern', severity: 'emerg' }, [])).toMatch(/^<0>1 /);
  });

  it('takes severity and host from fields, where they make sense', () => {
    const pri = (value: string): string => /^<(\d+)>/.exec(one({ severityField: 'sev', severity: 'notice' }, [['sev', value]]))![1]!;
    expect(['3', 'WARN', 'critical', ' High ', '9', 'toString', 'x'.repeat(40), ''].map(pri)).toEqual([
      '11',
      '12',
      '10',
      '11',
      '13',
      '13',
      '13',
      '13',
    ]);
    expect(one({ hostnameField: 'h' }, [['h', 'web 1é']])).toContain('Z web_1__ waf ');
    expect(one({}, [], 0, '')).toContain('Z - waf ');
  });

  it('escapes exactly " \\ ] in structured data, and writes control characters as rsyslog does', () => {
    expect(one({ fieldsInStructuredData: ['k=1', 'none'] }, [['k=1', 'a"b\\c]d=e\nf\u0000g']])).toContain(
      '[sluice@32473 id="p/waf/3/42/0"][fields@32473 k_1="a\\"b\\\\c\\]d=e#012f#000g"] {',
    );
  });

  it('counts bytes, not characters, in front of each message (RFC 6587)', () => {
    const framed = one({ transport: 'tcp' }, [['a', '浏览器']]);
    const [, length, message] = /^(\d+) ([^]*)$/.exec(framed)!;
    expect(Buffer.byteLength(message!)).toBe(Number(length));
    const line = one({ transport: 'tcp', framing: 'lf' }, [['a', 'x\ny']]);
    expect(line.endsWith('\n')).toBe(true);
    expect(line.slice(0, -1)).not.toContain('\n');
    expect(one({ bom: true }, [])).toContain(' \ufeff{');
  });
});

describe('RFC 3164 [K13]', () => {
  it('pads the day with a space and has no year', () => {
    expect(one({ format: 'rfc3164' }, [['a', 'x']])).toBe('<14>Sep 10 09:52:00 gw-1 waf: {"a":"x","__topic__":"t","__tag__:az":"b"}');
    expect(one({ format: 'rfc3164', timeZone: 'Asia/Shanghai' }, [])).toMatch(/^<14>Sep 10 17:52:00 gw-1 waf: /);
  });

  it('writes the pairs of the vendor script [K28]', () => {
    expect(
      one({ format: 'rfc3164', message: 'pairs' }, [
        ['a', 'x'],
        ['b', 'y\nz'],
      ]),
    ).toBe('<14>Sep 10 09:52:00 gw-1 waf: ||a=x||b=y#012z||__topic__=t||__tag__:az=b');
  });
});

describe('CEF', () => {
  const cef = (options: Record<string, unknown>, fields: FieldList): string => one({ format: 'cef', header: 'none', ...options }, fields);

  it('has seven parts in front, with \\ and | escaped and no line ends', () => {
    expect(cef({ vendor: 'A|B\\C', product: 'P\nQ', productVersion: '2', signature: 'sig', name: 'An event' }, [])).toBe(
      'CEF:0|A\\|B\\\\C|P Q|2|sig|An event|3|rt=1725961920007 externalId=p/waf/3/42/0',
    );
    expect(
      cef({ signatureField: 'rule', nameField: 'title' }, [
        ['rule', 'r|1'],
        ['title', 'T=1'],
      ]),
    ).toMatch(/^CEF:0\|Sluice\|waf\|1\.0\|r\\\|1\|T=1\|3\|/);
  });

  it('escapes \\ and = and line ends in values, and leaves pipes alone', () => {
    expect(cef({}, [['message', 'a=b\\c|d\r\ne\tf']])).toContain(' msg=a\\=b\\\\c|d\\r\\ne f');
  });

  it('gives well-known fields their keys, the first one only, and others letters and digits', () => {
    expect(
      cef({ map: { rule_name: 'cs1' } }, [
        ['real_client_ip', '1.2.3.4'], ['client_ip', '5.6.7.8'], ['dst_port', '443'], ['request_method', 'GET'], ['user_agent', 'curl'],
        ['rule_name', 'R'], ['request_time.msec', '7'], ['中文', 'v'],
      ]), // prettier-ignore
    ).toBe(
      'CEF:0|Sluice|waf|1.0|log|waf|3|rt=1725961920007 externalId=p/waf/3/42/0 src=1.2.3.4 clientIp=5.6.7.8 dpt=443 requestMethod=GET requestClientApplication=curl cs1=R requestTimeMsec=7 field=v',
    );
  });

  it('turns the severity round: worst is 10', () => {
    const severity = (word: string): string => cef({ severityField: 's' }, [['s', word]]).split('|')[6]!;
    expect(['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'].map(severity)).toEqual([
      '10',
      '10',
      '9',
      '7',
      '5',
      '4',
      '3',
      '1',
    ]);
  });

  it('can be taken apart again by the rules of CEF', () => {
    const fields: FieldList = [
      ['uri', '/a?b=c&d=\\e'],
      ['msg', 'one = two\nthree'],
      ['act', 'deny'],
    ];
    const extension = cef({}, fields).split('|').slice(7).join('|');
    const parsed = Object.fromEntries(
      [...extension.matchAll(/(?:^| )([A-Za-z0-9]+)=((?:\\.|[^\\=])*?)(?= [A-Za-z0-9]+=|$)/gs)].map(([, key, value]) => [
        key,
        value!.replaceAll(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char === 'r' ? '\r' : char)),
      ]),
    );
    expect(parsed).toMatchObject({ request: '/a?b=c&d=\\e', msg: 'one = two\nthree', act: 'deny' });
  });

  it('stands behind a syslog header that QRadar and ArcSight take', () => {
    expect(one({ format: 'cef' }, [])).toMatch(/^<14>Sep 10 09:52:00 gw-1 CEF:0\|/);
    expect(one({ format: 'cef', header: 'rfc5424' }, [])).toMatch(/^<14>1 2024-09-10T09:52:00\.007000Z gw-1 waf - - - CEF:0\|/);
  });
});

describe('LEEF 2.0', () => {
  const leef = (options: Record<string, unknown>, fields: FieldList): string => one({ format: 'leef', header: 'none', ...options }, fields);

  it('separates with tabs, names the delimiter, and lets nothing else be one', () => {
    expect(
      leef({ vendor: 'A|B', signature: 'id' }, [
        ['real_client_ip', '1.2.3.4'],
        ['src_port', '99'],
        ['user', 'bob'],
        ['uri', '/a?b=c'],
        ['x', 'a\tb\nc|d'],
      ]),
    ).toBe(
      'LEEF:2.0|A B|waf|1.0|id|x09|sev=3\tdevTime=1725961920007\tsluiceId=p/waf/3/42/0\tsrc=1.2.3.4\tsrcPort=99\tusrName=bob\turl=/a?b=c\tx=a b c|d',
    );
  });

  it('has severities from 1 to 10', () => {
    const severity = (word: string): string => /sev=(\d+)/.exec(leef({ severityField: 's' }, [['s', word]]))![1]!;
    expect(['emerg', 'err', 'info', 'debug'].map(severity)).toEqual(['10', '7', '3', '1']);
  });
});

describe('messages over the size limit', () => {
  it.each(['rfc5424', 'rfc3164', 'cef', 'leef'])('%s: values are cut between characters and the message says so', (format) => {
    const message = one({ format, messageBytes: 2048 }, [
      ['id', 'log-1'],
      ['text', '浏'.repeat(5000)],
      ['tail', 'x'.repeat(3000)],
    ]);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(2048);
    expect(message).toMatch(/sluice_cut|sluiceCut/);
    expect(message).toContain('log-1');
    expect(message).not.toContain('\ufffd');
  });

  it('keys alone may be too much: then only who it is stays', () => {
    const keys: FieldList = Array.from({ length: 300 }, (_, n) => [`key-number-${n}`, 'v']);
    const message = one({ messageBytes: 480 }, keys);
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(480);
    expect(message).toContain('id="p/waf/3/42/0"');
    expect(message).toContain('sluice_cut');
  });
});
