import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type PeerCertificate, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { RunContext } from '../core/context.ts';
import type { CheckStep } from './sink.ts';

export interface ProbeTls extends SecureContextOptions {
  readonly verify: boolean;
  /** Name the certificate must have. */
  readonly serverName: string;
}

/** A step of a preflight must not make the person wait for the system's own two minutes. */
const STEP_MS = 5000;
const WARN_DAYS = 14;

/** Tries a receiver from the outside in: name, connection, certificate. The first step that is not ok is the last. */
export async function probeEndpoint(host: string, port: number, tls: ProbeTls | null, ctx: RunContext): Promise<readonly CheckStep[]> {
  const steps: CheckStep[] = [];
  if (isIP(host) === 0) {
    try {
      const addresses = await lookup(host, { all: true });
      steps.push({ stage: 'dns', ok: true, detail: `${host} is ${addresses.map((entry) => entry.address).join(', ')}` });
    } catch (thrown) {
      steps.push({
        stage: 'dns',
        ok: false,
        detail: `${host} has no address (${codeOf(thrown)}): check the name and the resolver of this machine`,
      });
      return steps;
    }
  }
  const started = ctx.clock.elapsedMs();
  const tcp = await attempt<Socket>(() => connectTcp({ host, port }), 'connect', ctx);
  if (tcp.error !== null) {
    steps.push({ stage: 'tcp', ok: false, detail: `${host}:${port} does not accept a connection (${tcp.error}): ${tcpAdvice(tcp.error)}` });
    return steps;
  }
  tcp.socket.destroy();
  steps.push({ stage: 'tcp', ok: true, detail: `${host}:${port} accepts connections (${Math.round(ctx.clock.elapsedMs() - started)} ms)` });
  if (tls === null) return steps;
  const { verify, serverName, ...context } = tls;
  const secure = await attempt<TLSSocket>(
    () => connectTls({ host, port, rejectUnauthorized: verify, ...(isIP(serverName) === 0 ? { servername: serverName } : {}), ...context }),
    'secureConnect',
    ctx,
  );
  if (secure.error !== null) {
    steps.push({
      stage: 'tls',
      ok: false,
      detail: `${host}:${port} is not trusted (${secure.error}): ${tlsAdvice(secure.error, serverName)}`,
    });
    return steps;
  }
  steps.push({ stage: 'tls', ok: true, detail: certificateWords(secure.socket, ctx) });
  secure.socket.destroy();
  return steps;
}

type Attempt<S> = { readonly error: null; readonly socket: S } | { readonly error: string };

function attempt<S extends Socket>(open: () => S, event: string, ctx: RunContext): Promise<Attempt<S>> {
  return new Promise((resolve) => {
    const socket = open();
    const stop = new AbortController();
    const finish = (result: Attempt<S>): void => {
      stop.abort();
      ctx.signal.removeEventListener('abort', onAbort);
      if (result.error !== null) socket.destroy();
      resolve(result);
    };
    const onAbort = (): void => finish({ error: 'cancelled' });
    ctx.signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', (error) => finish({ error: codeOf(error) }));
    socket.once('close', () => finish({ error: 'closed by the other side' }));
    socket.once(event, () => finish({ error: null, socket }));
    void ctx.clock.sleep(STEP_MS, stop.signal).then(
      () => finish({ error: 'ETIMEDOUT' }),
      () => undefined,
    );
  });
}

function codeOf(thrown: unknown): string {
  const code = (thrown as NodeJS.ErrnoException).code;
  return code ?? (thrown instanceof Error ? thrown.message : String(thrown));
}

function tcpAdvice(code: string): string {
  if (code === 'ECONNREFUSED') return 'nothing listens on that port';
  if (code === 'ETIMEDOUT') return 'no answer; a firewall drops the packets, or the address is wrong';
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'there is no route to it from this machine';
  return 'check address and port';
}

function tlsAdvice(code: string, serverName: string): string {
  if (code === 'CERT_HAS_EXPIRED') return 'its certificate has expired and must be renewed';
  if (code === 'CERT_NOT_YET_VALID') return 'its certificate is not valid yet; check the clock of this machine';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another name than ${serverName}`;
  if (/SELF_SIGNED|UNABLE_TO_GET|UNABLE_TO_VERIFY|DEPTH_ZERO/.test(code))
    return 'no known authority has signed its certificate; name the CA file';
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/.test(code)) return 'it refuses our certificate, or wants one';
  if (/WRONG_VERSION|PACKET_LENGTH|closed/.test(code)) return 'it does not speak TLS on that port';
  return 'check certificate and protocol';
}

function certificateWords(socket: TLSSocket, ctx: RunContext): string {
  const certificate: PeerCertificate = socket.getPeerCertificate();
  const until = Date.parse(certificate.valid_to ?? '');
  const days = Number.isNaN(until) ? null : Math.floor((until - ctx.clock.nowMs()) / 86_400_000);
  const name = (Array.isArray(certificate.subject?.CN) ? certificate.subject.CN[0] : certificate.subject?.CN) ?? 'without a name';
  const age = days === null ? '' : `, valid for ${days} more days${days < WARN_DAYS ? ': renew it soon' : ''}`;
  const unchecked = socket.authorized ? '' : ` (not verified: ${String(socket.authorizationError)})`;
  return `${socket.getProtocol() ?? 'TLS'}, certificate ${name}${age}${unchecked}`;
}
