import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server } from 'node:net';

/**
 * A receiver that only counts, in a process of its own so that its CPU seconds are not the shipper's: syslog over TCP and Splunk HEC without acknowledgement.
 * Prints {"syslog": port, "hec": port} as its first line and ends when its standard input does. `GET /bytes` on the HEC port: bytes of syslog so far.
 */
let bytes = 0;

const syslog = createTcp((socket) => {
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  socket.on('error', () => socket.destroy());
});

const hec = createHttp((request, response) => {
  request.resume();
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(request.url === '/bytes' ? String(bytes) : '{"text":"Success","code":0}');
  });
});

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const ports = { syslog: await listening(syslog), hec: await listening(hec) };
process.stdout.write(`${JSON.stringify(ports)}\n`);
process.stdin.resume();
process.stdin.on('end', () => process.exit());
