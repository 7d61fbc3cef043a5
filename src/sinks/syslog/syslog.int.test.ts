import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from '../../ship/testing/ship-setup.ts';
import { Shipper } from '../../ship/shipper.ts';
import { makeCertificates, type Certificates } from '../../../test/receivers/certificates.ts';
import { hasRsyslog, hasSyslogNg, startRsyslog, startSyslogNg, type SyslogServer } from '../../../test/receivers/syslog-servers.ts';
import { syslogConfig } from './config.ts';
import { Syslog } from './syslog.ts';

let dir: string;
let certificates: Certificates;
let setup: ShipSetup;
let ids: readonly string[];
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-syslog-'));
  certificates = makeCertificates(dir);
  setup = await shipSetup();
  ids = await setup.fill(20, 100);
});
afterAll(async () => {
  await setup.close();
  rmSync(dir, { recursive: true, force: true });
});

let groups = 0;
async function ship(options: Record<string, unknown>): Promise<{ readonly shipper: Shipper; readonly receipts: KeptReceipts }> {
  const config = syslogConfig.parse({ host: 'localhost', ...options });
  const sink = new Syslog(config, { project: 'secure', logstore: 'waf' });
  const receipts = new KeptReceipts();
  const shipper = new Shipper(
    { client: setup.api(), sink, deadLetters: new KeptLetters(), receipts },
    { ...QUICK, group: `siem-${groups++}` },
  );
  try {
    await shipper.run(setup.ctx);
  } finally {
    await sink.close();
  }
  expect(shipper.totals).toMatchObject({ read: ids.length, delivered: ids.length, filtered: 0, deadLettered: 0 });
  return { shipper, receipts };
}

const servers = [
  { name: 'rsyslog', there: hasRsyslog, start: (at: string) => startRsyslog(at, certificates) },
  { name: 'syslog-ng', there: hasSyslogNg, start: (at: string) => startSyslogNg(at, certificates) },
];

describe.each(servers)('syslog to $name', ({ name, there, start }) => {
  const on = it.skipIf(!there);
  let server: SyslogServer;
  let seen = 0;
  beforeAll(async () => {
    if (there) server = await start(dir);
  });
  afterAll(async () => {
    if (there) await server.stop();
  });

  /** The lines that came since the last look, once there are as many as expected. */
  async function arrived(count: number): Promise<readonly Record<string, string>[]> {
    for (let attempt = 0; attempt < 200 && server.lines().length < seen + count; attempt++)
      await setup.ctx.clock.sleep(50, setup.ctx.signal);
    const lines = server.lines().slice(seen);
    seen += lines.length;
    return lines;
  }

  const idsOf = (lines: readonly Record<string, string>[]): string[] =>
    lines.map((line) => (JSON.parse(line['msg']!) as { id: string }).id).sort();

  on('takes RFC 5424 over TCP with octet counting, every field as it was [K14]', async () => {
    const { receipts } = await ship({ transport: 'tcp', port: server.tcpPort, tag: 'sluice', severity: 'warning', facility: 'local3' });
    const lines = await arrived(ids.length);
    expect(idsOf(lines)).toEqual([...ids].sort());
    const first = lines.find((line) => line['msg']!.includes('"log-7"'))!;
    expect(first).toMatchObject({ host: '10.0.0.1', app: 'sluice', pri: String(19 * 8 + 4) });
    expect(Date.parse(first['ts']!)).toBe(1_725_961_920_007);
    expect(JSON.parse(first['msg']!)).toEqual({
      id: 'log-7',
      uri: '/a/7?q="x"',
      agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) 浏览器',
      __topic__: 'waf',
      '__tag__:__pack_id__': 'P-0',
    });
    expect(first['sd']).toContain('secure/waf/0/');
    expect(receipts.all.every((receipt) => receipt.acknowledgement.includes('and closed'))).toBe(true);
    expect(receipts.all.reduce((sum, receipt) => sum + receipt.records, 0)).toBe(ids.length);
  });

  on('takes line feeds, with the pairs of the vendor script', async () => {
    await ship({ transport: 'tcp', port: server.lfPort, framing: 'lf', message: 'pairs' });
    const lines = await arrived(ids.length);
    expect(new Set(lines.map((line) => /\|\|id=([^|]*)/.exec(line['msg']!)?.[1]))).toEqual(new Set(ids));
    expect(lines).toHaveLength(ids.length);
  });

  on('takes TLS, checked against its authority [K14]', async () => {
    await ship({ transport: 'tls', port: server.tlsPort, caFile: certificates.ca });
    expect(idsOf(await arrived(ids.length))).toEqual([...ids].sort());
  });

  on('takes TLS with our certificate [K14 K15]', async () => {
    const { clientCert, clientKey, ca } = certificates;
    await ship({ transport: 'tls', port: server.mutualPort, caFile: ca, certFile: clientCert, keyFile: clientKey });
    const lines = await arrived(ids.length);
    expect(idsOf(lines)).toEqual([...ids].sort());
    // FAC_USER and SEV_INFO when nothing else is said.
    expect(new Set(lines.map((line) => line['pri']))).toEqual(new Set(['14']));
  });

  on('takes datagrams [K14]', async () => {
    await ship({ transport: 'udp', host: '127.0.0.1', port: server.udpPort, datagramsPerSec: 10_000 });
    expect(idsOf(await arrived(ids.length))).toEqual([...ids].sort());
  });

  on('takes an open connection where closing is no sign', async () => {
    const { receipts } = await ship({ transport: 'tcp', port: server.tcpPort, confirm: 'written', severityField: 'id' });
    expect(idsOf(await arrived(ids.length))).toEqual([...ids].sort());
    expect(receipts.all[0]?.acknowledgement).toContain('not confirmed');
  });

  on(`names what is wrong before anything is shipped (${name})`, async () => {
    const check = async (options: Record<string, unknown>): Promise<string> => {
      const sink = new Syslog(syslogConfig.parse({ host: 'localhost', transport: 'tls', ...options }), { project: 'p', logstore: 'l' });
      const steps = await sink.check(false, setup.ctx);
      await sink.close();
      const wrong = steps.find((step) => !step.ok);
      return wrong === undefined ? 'ok' : `${wrong.stage}: ${wrong.detail}`;
    };
    expect(await check({ port: server.tlsPort, caFile: certificates.ca })).toBe('ok');
    expect(await check({ port: server.tlsPort, caFile: certificates.otherCa })).toMatch(/^tls: .*no known authority/);
    expect(await check({ port: server.tlsPort, caFile: certificates.ca, serverName: 'siem.example' })).toMatch(
      /^tls: .*another name than siem.example/,
    );
    expect(await check({ port: server.tcpPort, caFile: certificates.ca })).toMatch(/^tls: /);
    expect(await check({ port: 1, caFile: certificates.ca })).toMatch(/^tcp: .*nothing listens/);
    expect(await check({ host: 'no-such-host.invalid', port: 1 })).toMatch(/^dns: /);
    expect(await check({ port: server.mutualPort, caFile: certificates.ca })).toMatch(/^(tls|confirm|tcp): .*(certificate|closed)/);
  });
});
