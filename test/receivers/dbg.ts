import { mkdtempSync } from 'node:fs';
import { makeCertificates } from './certificates.ts';
import { startRsyslog } from './syslog-servers.ts';
import { Syslog } from '../../src/sinks/syslog/syslog.ts';
import { syslogConfig } from '../../src/sinks/syslog/config.ts';
import { quietContext } from '../../src/core/context.ts';
import { systemClock } from '../../src/core/clock.ts';
import { RecordBatch } from '../../src/sinks/batch.ts';
import { FaultProxy, type ConnectionFault } from '../../src/sinks/testing/fault-proxy.ts';
const ctx = quietContext(systemClock);
const dir = mkdtempSync('/tmp/dbgsys-');
const certs = makeCertificates(dir);
const batchOf = (n: string, count: number) => { const b = new RecordBatch(0, 1 << 20); b.cursors.push('1'); for (let i = 0; i < count; i++) { const m = `<14>1 2024-09-10T09:52:00Z h app - - - m${n}-${i} ${'x'.repeat(150)}`; const t = `${m.length} ${m}`; b.ensure(b.length, t.length); b.bytes.write(t, b.length); b.endRecord(b.length + t.length, i); } return b; };
const N = 150;
const server = await startRsyslog(dir, certs);
const kinds: [string, () => ConnectionFault][] = [['slow', () => ({ kind: 'slow', bytes: 8192, ms: 2 })], ['cut', () => ({ kind: 'cut-request', bytes: Math.floor(Math.random() * 30000) })], ['none+cut', () => Math.random() < 0.5 ? { kind: 'none' } : ({ kind: 'cut-request', bytes: Math.floor(Math.random() * 30000) })], ['none+slow', () => Math.random() < 0.5 ? { kind: 'none' } : { kind: 'slow', bytes: 8192, ms: 2 }], ['none+refuse', () => Math.random() < 0.5 ? { kind: 'none' } : { kind: 'refuse' }], ['none+cut-answer', () => Math.random() < 0.5 ? { kind: 'none' } : { kind: 'cut-answer' }]];
for (const [pn, port, more] of [['tls', server.tlsPort, {}], ['mutual', server.mutualPort, { certFile: certs.clientCert, keyFile: certs.clientKey }]] as const)
for (const [kind, next] of kinds) {
  const proxy = await FaultProxy.start(port); 
  const sink = new Syslog(syslogConfig.parse({ transport: 'tls', host: '127.0.0.1', port: proxy.port, serverName: 'localhost', caFile: certs.ca, confirm: 'close', confirmTimeoutMs: 2000, ...more }), { project: 'p', logstore: 'l' });
  proxy.next = next;
  const errors: Record<string, number> = {}; const confirmed: string[] = [];
  let i = 0;
  await Promise.all([0, 1, 2].map(async () => { while (i < N) { const n = `${pn}${kind}${i++}x`; try { await sink.send(batchOf(n, 90), ctx); confirmed.push(n); } catch (e) { const m = (e as Error).message.slice(-60).trim(); errors[m] = (errors[m] ?? 0) + 1; } } }));
  await new Promise((r) => setTimeout(r, 700));
  const got = new Map<string, number>();
  for (const line of server.lines()) { const m = /^m(\S+)-\d+ /.exec(line['msg']!.trim())?.[1]; if (m) got.set(m, (got.get(m) ?? 0) + 1); }
  console.log(pn, kind, 'confirmed', confirmed.length, 'lost', confirmed.filter((n) => got.get(n) !== 90).map((n) => got.get(n) ?? 0).join(','), JSON.stringify(errors));
  await sink.close(); await proxy.down();
}
await server.stop(); 
process.exit(0);
