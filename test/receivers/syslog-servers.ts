import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Certificates } from './certificates.ts';
import { onFreePorts, PortTaken, saysPortTaken } from './free-ports.ts';

/** A real syslog server that writes what it understood as JSON lines. */
export interface SyslogServer {
  /** Octet counting (and, on rsyslog, line feeds). */
  readonly tcpPort: number;
  /** Line feeds. */
  readonly lfPort: number;
  readonly udpPort: number;
  readonly tlsPort: number;
  /** Asks for a client certificate. */
  readonly mutualPort: number;
  readonly output: string;
  /** Lines written so far, parsed. */
  lines(): readonly Record<string, string>[];
  /** SIGKILL; `start` again goes on with the same files and ports. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Orderly: everything it took is written. */
  stop(): Promise<void>;
}

export const cacheDir = process.env['SLUICE_CACHE_DIR'] ?? join(homedir(), '.cache', 'sluice');
const NG_ROOT = join(cacheDir, 'syslog-ng', 'root');
export const hasRsyslog = spawnSync('sh', ['-c', 'command -v rsyslogd'], { stdio: 'ignore' }).status === 0;
export const hasSyslogNg = existsSync(join(NG_ROOT, 'usr', 'sbin', 'syslog-ng'));

async function accepts(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port}`);
}

type Ports = Pick<SyslogServer, 'tcpPort' | 'lfPort' | 'udpPort' | 'tlsPort' | 'mutualPort'>;

interface Recipe {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly ports: Ports;
  readonly output: string;
}

async function serve({ command, args, env, ports, output }: Recipe): Promise<SyslogServer> {
  let child: ChildProcess | null = null;
  let errors = '';
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill(signal);
    await ended;
  };
  const start = async (): Promise<void> => {
    child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    try {
      await accepts(ports.tcpPort);
      await accepts(ports.mutualPort);
    } catch (thrown) {
      await end('SIGKILL');
      const message = `${command} did not start: ${errors}`;
      throw saysPortTaken(errors) ? new PortTaken(message, { cause: thrown }) : new Error(message, { cause: thrown });
    }
  };
  await start();
  return {
    ...ports,
    output,
    lines: () =>
      existsSync(output)
        ? readFileSync(output, 'utf8')
            .split('\n')
            .slice(0, -1)
            .map((line) => JSON.parse(line) as Record<string, string>)
        : [],
    kill: () => end('SIGKILL'),
    start,
    stop: () => end('SIGTERM'),
  };
}

async function onSyslogPorts(start: (ports: Ports) => Promise<SyslogServer>): Promise<SyslogServer> {
  return await onFreePorts(5, ([tcpPort, lfPort, udpPort, tlsPort, mutualPort]) =>
    start({ tcpPort: tcpPort!, lfPort: lfPort!, udpPort: udpPort!, tlsPort: tlsPort!, mutualPort: mutualPort! }),
  );
}

/** rsyslog with queues that are written out before it ends. Lines: `ts pri host app msgid sd msg`. */
export async function startRsyslog(dir: string, certificates: Certificates, messageKb = 64): Promise<SyslogServer> {
  return await onSyslogPorts((ports) => rsyslog(dir, certificates, messageKb, ports));
}

async function rsyslog(dir: string, certificates: Certificates, messageKb: number, ports: Ports): Promise<SyslogServer> {
  const { tcpPort, lfPort, udpPort, tlsPort, mutualPort } = ports;
  mkdirSync(join(dir, 'rs'), { recursive: true });
  const output = join(dir, 'rs', 'out.ndjson');
  const conf = join(dir, 'rs', 'rsyslog.conf');
  const tls = 'ruleset="r" streamDriver.name="ossl" streamDriver.mode="1"';
  writeFileSync(
    conf,
    `global(workDirectory="${dir}/rs" maxMessageSize="${messageKb}k" parser.escapeControlCharactersOnReceive="off" defaultNetstreamDriver="ossl"
  defaultNetstreamDriverCAFile="${certificates.ca}" defaultNetstreamDriverCertFile="${certificates.cert}" defaultNetstreamDriverKeyFile="${certificates.key}")
module(load="imudp") module(load="imptcp") module(load="imtcp")
template(name="j" type="list" option.jsonf="on") {
  property(outname="ts" name="timereported" dateFormat="rfc3339" format="jsonf") property(outname="pri" name="pri" format="jsonf")
  property(outname="host" name="hostname" format="jsonf") property(outname="app" name="app-name" format="jsonf") property(outname="msgid" name="msgid" format="jsonf")
  property(outname="sd" name="structured-data" format="jsonf") property(outname="msg" name="msg" format="jsonf") }
ruleset(name="r" queue.type="LinkedList" queue.size="2000000" queue.timeoutShutdown="30000") { action(type="omfile" file="${output}" template="j" asyncWriting="off" flushOnTXEnd="on") }
input(type="imudp" address="127.0.0.1" port="${udpPort}" ruleset="r" rcvbufSize="4m")
input(type="imptcp" address="127.0.0.1" port="${tcpPort}" ruleset="r" supportOctetCountedFraming="on")
input(type="imptcp" address="127.0.0.1" port="${lfPort}" ruleset="r" supportOctetCountedFraming="off")
input(type="imtcp" address="127.0.0.1" port="${tlsPort}" ${tls} streamDriver.authMode="anon")
input(type="imtcp" address="127.0.0.1" port="${mutualPort}" ${tls} streamDriver.authMode="x509/certvalid")
`,
  );
  return await serve({
    command: 'rsyslogd',
    args: ['-n', '-f', conf, '-i', join(dir, 'rs', 'pid')],
    env: {},
    ports,
    output,
  });
}

/** syslog-ng, unpacked beside rsyslog. Lines hold what its RFC 5424 parser found: MESSAGE, HOST, PROGRAM, .SDATA…, PRI. */
export async function startSyslogNg(dir: string, certificates: Certificates): Promise<SyslogServer> {
  return await onSyslogPorts((ports) => syslogNg(dir, certificates, ports));
}

async function syslogNg(dir: string, certificates: Certificates, ports: Ports): Promise<SyslogServer> {
  const { tcpPort, lfPort, udpPort, tlsPort, mutualPort } = ports;
  const home = join(dir, 'ng');
  mkdirSync(home, { recursive: true });
  const output = join(home, 'out.ndjson');
  const conf = join(home, 'syslog-ng.conf');
  const files = `key-file("${certificates.key}") cert-file("${certificates.cert}") ca-file("${certificates.ca}")`;
  writeFileSync(
    conf,
    `@version: 3.38
options { chain-hostnames(no); keep-hostname(yes); use-dns(no); log-msg-size(262144); stats-freq(0); frac-digits(6); };
source s {
  syslog(ip(127.0.0.1) port(${udpPort}) transport("udp") so-rcvbuf(4194304));
  syslog(ip(127.0.0.1) port(${tcpPort}) transport("tcp"));
  network(ip(127.0.0.1) port(${lfPort}) transport("tcp") flags(syslog-protocol));
  syslog(ip(127.0.0.1) port(${tlsPort}) transport("tls") tls(${files} peer-verify(optional-untrusted)));
  syslog(ip(127.0.0.1) port(${mutualPort}) transport("tls") tls(${files} peer-verify(required-trusted)));
};
destination d { file("${output}" template("$(format-json pri=$PRI ts=$ISODATE host=$HOST app=$PROGRAM msgid=$MSGID sd=$SDATA msg=$MSG)\\n")); };
log { source(s); destination(d); flags(flow-control); };
`,
  );
  const lib = ['usr/lib/syslog-ng', 'usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu'].map((path) => join(NG_ROOT, path)).join(':');
  return await serve({
    command: join(NG_ROOT, 'usr', 'sbin', 'syslog-ng'),
    args: ['-F', '--no-caps', `--module-path=${join(NG_ROOT, 'usr/lib/syslog-ng/3.38')}`, '-f', conf, '-R', join(home, 'persist'), '-p', join(home, 'pid'), '-c', join(home, 'ctl')], // prettier-ignore
    env: { LD_LIBRARY_PATH: lib },
    ports,
    output,
  });
}
