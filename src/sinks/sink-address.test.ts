import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SluiceError } from '../core/errors.ts';
import { hostAndPort, parseSinkAddress } from './sink-address.ts';
import { openSink, SINK_KINDS } from './sink-kinds.ts';

const ORIGIN = { project: 'secure', logstore: 'waf' };
const SECRETS: Readonly<Record<string, string>> = {
  SLUICE_SINK_TOKEN: 'very-secret-token',
  SLUICE_SINK_SECRET_ACCESS_KEY: 'very-secret-key',
  SLUICE_SINK_ACCESS_KEY_ID: 'AK',
  SLUICE_SINK_PASSWORD: 'very-secret-password',
};
/** What the examples need beside their address. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  'splunk-hec': ['SLUICE_SINK_TOKEN'],
  'object-storage': ['SLUICE_SINK_ACCESS_KEY_ID', 'SLUICE_SINK_SECRET_ACCESS_KEY'],
  kafka: ['SLUICE_SINK_PASSWORD'],
};

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-address-'));
  writeFileSync(join(dir, 'ca.pem'), '');
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const envFor = (kind: string): Record<string, string> => Object.fromEntries((NEEDED[kind] ?? []).map((name) => [name, SECRETS[name]!]));

async function problemsOf(url: string, env: Record<string, string> = {}): Promise<string> {
  try {
    await (await openSink(url, env, ORIGIN)).close();
    return '';
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SluiceError);
    expect((thrown as SluiceError).code).toBe('config.invalid');
    return (thrown as SluiceError).message;
  }
}

describe('addresses of receivers', () => {
  it.each(Object.keys(SINK_KINDS))('%s: the example opens, and its target tells no secret', async (kind) => {
    const { example } = SINK_KINDS[kind]!;
    const sink = await openSink(example.replace('ca.pem', join(dir, 'ca.pem')), envFor(kind), ORIGIN);
    expect(sink.kind).toBe(kind);
    expect(sink.target).toContain(parseSinkAddress(example).hosts[0]!.split(':')[0]!);
    expect(JSON.stringify(sink.target)).not.toContain('very-secret');
    await sink.close();
  });

  it.each(Object.keys(SINK_KINDS))('%s: no secret is taken from an address', async (kind) => {
    const { schema } = await SINK_KINDS[kind]!.load();
    const { optionsOf } = await import('./sink-address.ts');
    const secrets = [...optionsOf(schema)].filter(([, option]) => option.secret === true).map(([name]) => name);
    const base = SINK_KINDS[kind]!.example.split('?')[0]!;
    for (const name of secrets)
      expect(await problemsOf(`${base}?${name}=hidden-value`, envFor(kind)), name).toMatch(new RegExp(`${name}: is a secret`));
    expect(await problemsOf(base.replace('://', '://user:hidden-value@'), envFor(kind))).toMatch(
      /^(?!.*hidden-value).*no user and no password/,
    );
  });

  it('takes secrets and options from the environment and from files; the address wins', async () => {
    writeFileSync(join(dir, 'token'), 'from-file\n');
    expect(await problemsOf('hec+https://splunk:8088', { SLUICE_SINK_TOKEN_FILE: join(dir, 'token') })).toBe('');
    expect(await problemsOf('hec+https://splunk:8088', { SLUICE_SINK_TOKEN_FILE: '/nonexistent' })).toMatch(
      /SLUICE_SINK_TOKEN_FILE: \/nonexistent cannot be read \(ENOENT\)/,
    );
    const env = { SLUICE_SINK_TOKEN: 't', SLUICE_SINK_BATCH_BYTES: '2000', SLUICE_SINK_URL: 'the address itself, not an option' };
    const byEnv = await openSink('hec+https://splunk:8088', env, ORIGIN);
    const byUrl = await openSink('hec+https://splunk:8088?batchBytes=3000', env, ORIGIN);
    expect([byEnv.limits.batchBytes, byUrl.limits.batchBytes]).toEqual([2000, 3000]);
    await Promise.all([byEnv.close(), byUrl.close()]);
    // `caFile` is an option of its own, not the file that holds an option `ca`.
    expect(await problemsOf('syslog+tls://h', { SLUICE_SINK_CA_FILE: join(dir, 'ca.pem') })).toBe('');
  });

  it('says everything that is wrong, with what was meant', async () => {
    const message = await problemsOf('syslog+tcp://h:99999', {});
    expect(message).toMatch(/"h:99999" is no receiver, expected HOST or HOST:PORT/);
    expect(await problemsOf('syslog+tcp://h?frmat=cef&messageBytes=lots&bom=maybe&facility=none', { SLUICE_SINK_TGA: 'x' })).toMatch(
      /SLUICE_SINK_TGA: .*SLUICE_SINK_TAG\?[^]*frmat: .*did you mean format\?[^]*messageBytes: expected integer[^]*bom: expected boolean[^]*facility: /,
    );
    expect(await problemsOf('hec+https://splunk', {})).toMatch(/token: is missing, set SLUICE_SINK_TOKEN/);
    expect(await problemsOf('s3+https://host', envFor('object-storage'))).toMatch(/bucket: /);
    expect(await problemsOf('kafka://b1', {})).toMatch(/brokers\.0: expected HOST:PORT[^]*topic: /);
    expect(await problemsOf('syslog+tpc://h')).toMatch(/did you mean syslog\+tcp/);
    expect(await problemsOf('gopher://h')).toMatch(/expected one of .*hec\+https.*kafka/);
    expect(await problemsOf('splunk')).toMatch(/is no address, expected SCHEME/);
    expect(await problemsOf('syslog+tcp://h?tag=a&tag=b')).toMatch(/tag .* twice/);
    expect(await problemsOf('syslog+tcp://h1,h2')).toMatch(/one host/);
    expect(await problemsOf('syslog+tls://h?caFile=/nonexistent')).toMatch(/\/nonexistent of caFile cannot be read/);
  });

  it('reads hosts, ports, lists and maps', async () => {
    expect(hostAndPort('[::1]:514', 1)).toEqual({ host: '::1', port: 514 });
    expect(hostAndPort('siem', 6514)).toEqual({ host: 'siem', port: 6514 });
    expect(parseSinkAddress('hec+https://a:1,b:2/x?k=v%20w')).toMatchObject({
      scheme: 'hec+https',
      hosts: ['a:1', 'b:2'],
      path: 'x',
      options: new Map([['k', 'v w']]),
    });
    expect(await problemsOf('syslog+udp://h?fieldsInStructuredData=a,b&map=rule:cs1,x:cs2&format=cef')).toBe('');
    expect(await problemsOf('syslog+udp://h?map=rule')).toMatch(/map: expected a map, a:b,c:d/);
    expect(await problemsOf('syslog+udp://h?transport=tls')).toMatch(/transport: is told by the address itself/);
  });
});
