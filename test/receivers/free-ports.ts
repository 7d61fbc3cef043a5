import { createServer } from 'node:net';

/** How often other ports are chosen; a second loss in a row is rare, a fifth is no accident. */
const TRIES = 5;

/** What a start throws when another program took one of its ports between choosing and listening. */
export class PortTaken extends Error {
  override readonly name = 'PortTaken';
}

/** The words of Node, Go, Java, rsyslog, syslog-ng and Sluice for a port that is taken. */
export function saysPortTaken(output: string): boolean {
  return /EADDRINUSE|address (is )?already in use|is in use by another program/i.test(output);
}

/** Starts something on ports that nobody listens on, no two the same; on others when one is taken before it listens (`PortTaken`). */
export async function onFreePorts<T>(count: number, start: (ports: readonly number[]) => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await start(await freePorts(count));
    } catch (thrown) {
      if (!(thrown instanceof PortTaken) || tried === TRIES) throw thrown;
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
