import { compress } from '../src/core/codec.ts';
import { GroupBuilder } from '../src/core/group-builder.ts';
import { Random } from '../src/demo/random.ts';

/** Keys of a firewall's access log with the types of their columns. */
export const KEYS: Readonly<Record<string, 'text' | 'long'>> = {
  client_ip: 'text',
  method: 'text',
  host: 'text',
  url: 'text',
  status: 'long',
  bytes: 'long',
  request_time: 'text',
  user_agent: 'text',
  referer: 'text',
  action: 'text',
  rule_id: 'long',
  request_id: 'text',
  trace_id: 'text',
  region: 'text',
};

export interface Body {
  readonly bytes: Buffer;
  readonly codec: 'lz4';
  readonly rawBytes: number;
  readonly logs: number;
}

const METHODS = ['GET', 'GET', 'GET', 'POST', 'PUT', 'HEAD'];
const HOSTS = ['www.example.com', 'shop.example.com', 'pay.example.com', 'api.example.com'];
const PATHS = [
  '/',
  '/index.html',
  '/search',
  '/cart',
  '/login',
  '/api/v1/orders',
  '/api/v1/items',
  '/static/app.js',
  '/static/app.css',
  '/health',
];
const AGENTS = Array.from(
  { length: 60 },
  (_, n) => `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${100 + n}.0.0.0 Safari/537.36`,
);

/** Access logs of about 540 raw bytes as groups ready for PutLogs; the same seed gives the same bytes. Two values of each log are nearly unique. */
export function* bodies(seed: number, logsPerGroup: number, timeSec: number, timeStepSec = 0): Generator<Body> {
  const random = new Random(seed);
  const builder = new GroupBuilder();
  const hex = (length: number): string => Array.from({ length }, () => random.int(0, 15).toString(16)).join('');
  const of = (list: readonly string[]): string => list[random.int(0, list.length - 1)]!;
  for (let group = 0; ; group++) {
    builder.begin();
    for (let log = 0; log < logsPerGroup; log++) {
      builder.beginLog(timeSec + group * timeStepSec);
      builder.field('client_ip', `203.0.${random.int(0, 60)}.${random.int(1, 254)}`);
      builder.field('method', of(METHODS));
      builder.field('host', of(HOSTS));
      builder.field('url', `${of(PATHS)}?page=${random.int(1, 500)}&session=${random.int(1, 5000)}`);
      builder.field('status', String(random.int(0, 20) === 0 ? 404 : random.int(0, 40) === 0 ? 500 : 200));
      builder.field('bytes', String(random.int(100, 60_000)));
      builder.field('request_time', `0.${random.int(100, 999)}`);
      builder.field('user_agent', of(AGENTS));
      builder.field('referer', `https://${of(HOSTS)}${of(PATHS)}`);
      builder.field('action', random.int(0, 30) === 0 ? 'block' : 'pass');
      builder.field('rule_id', String(random.int(100_000, 100_200)));
      builder.field('request_id', hex(32));
      builder.field('trace_id', hex(32));
      builder.field('region', 'cn-hangzhou');
      builder.endLog();
    }
    builder.topic('access');
    builder.source('10.0.0.1');
    const raw = builder.view();
    yield { bytes: Buffer.from(compress('lz4', raw)), codec: 'lz4', rawBytes: raw.length, logs: logsPerGroup };
  }
}
