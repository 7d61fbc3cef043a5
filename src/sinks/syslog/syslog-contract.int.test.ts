import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates, type Certificates } from '../../../test/receivers/certificates.ts';
import { hasRsyslog, hasSyslogNg, startRsyslog, startSyslogNg, type SyslogServer } from '../../../test/receivers/syslog-servers.ts';
import { sinkContract, type ContractReceiver } from '../sink.contract.ts';
import { syslogConfig } from './config.ts';
import { Syslog } from './syslog.ts';

let dir: string;
let certificates: Certificates;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-syslog-contract-'));
  certificates = makeCertificates(dir);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Written lines are complete when none has come for so long. */
const QUIET_MS = 150;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function receiver(
  server: SyslogServer,
  port: number,
  options: Record<string, unknown>,
  idOf: (message: string) => string,
): ContractReceiver {
  let seen = 0;
  return {
    port,
    open: (at) =>
      new Syslog(
        syslogConfig.parse({ host: '127.0.0.1', port: at, batchBytes: 20_000, confirm: 'close', confirmTimeoutMs: 2000, ...options }),
        {
          project: 'secure',
          logstore: 'waf',
        },
      ),
    ids: () =>
      Promise.resolve(
        server
          .lines()
          .slice(seen)
          .map((line) => idOf(line['msg']!)),
      ),
    // What was repeated may be written after everything has been seen once.
    clear: async () => {
      for (let before = -1; before !== seen; await sleep(QUIET_MS)) {
        before = seen;
        seen = server.lines().length;
      }
    },
    stop: () => server.stop(),
  };
}

const jsonId = (message: string): string => (JSON.parse(message) as { id: string }).id;
const pairId = (message: string): string => /(?:^|[\s|])id=(log-\d+)/.exec(message)?.[1] ?? message;

if (hasRsyslog) {
  sinkContract(
    'rsyslog over TCP [K14]',
    async () => {
      const server = await startRsyslog(dir, certificates);
      return receiver(server, server.tcpPort, { transport: 'tcp' }, jsonId);
    },
    { repeats: true },
  );
  sinkContract(
    'rsyslog with CEF in lines',
    async () => {
      const server = await startRsyslog(dir, certificates);
      return receiver(server, server.lfPort, { transport: 'tcp', framing: 'lf', format: 'cef' }, pairId);
    },
    { repeats: true, seeds: [1, 2] },
  );
}
if (hasSyslogNg) {
  sinkContract(
    'syslog-ng over TCP [K14]',
    async () => {
      const server = await startSyslogNg(dir, certificates);
      return receiver(server, server.tcpPort, { transport: 'tcp' }, jsonId);
    },
    { repeats: true, seeds: [1, 2] },
  );
  // Not rsyslog: its OpenSSL driver was seen to drop a healthy connection, with an orderly end, after another one had failed; nobody can tell that from the outside.
  sinkContract(
    'syslog-ng over TLS [K14]',
    async () => {
      const server = await startSyslogNg(dir, certificates);
      return receiver(server, server.tlsPort, { transport: 'tls', serverName: 'localhost', caFile: certificates.ca }, jsonId);
    },
    { repeats: true, seeds: [1, 2, 3] },
  );
}

describe('receivers that the contract needs', () => {
  it.skipIf(!hasRsyslog)('rsyslog is there', () => expect(hasRsyslog).toBe(true));
  it.skipIf(!hasSyslogNg)('syslog-ng is there', () => expect(hasSyslogNg).toBe(true));
});
