import type { DemoLog } from './demo-log.ts';
import type { Random } from './random.ts';
import { accessLogTime, isoTime } from './shift-times.ts';

const CHINA_SEC = 8 * 3600;
const ACCOUNT = '1000000000000001';

const AGENTS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15',
  'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0',
  'okhttp/4.12.0',
  'example-app/5.2 (iOS 17.6)',
] as const;

const PAGES = [
  ['GET', '/'],
  ['GET', '/index.html'],
  ['GET', '/products'],
  ['GET', '/products/detail'],
  ['GET', '/search'],
  ['GET', '/static/app.js'],
  ['GET', '/static/app.css'],
  ['GET', '/static/logo.svg'],
  ['GET', '/api/v1/items'],
  ['GET', '/api/v1/cart'],
  ['POST', '/api/v1/cart'],
  ['POST', '/api/v1/login'],
  ['GET', '/api/v1/orders'],
  ['POST', '/api/v1/orders'],
  ['GET', '/help'],
] as const;

const WORDS = ['shoes', 'jacket', 'tea', 'lamp', 'desk', 'phone+case', 'backpack', 'notebook'] as const;

/** Visitors: of the documentation ranges, none of the addresses that the campaign uses. */
function visitor(random: Random): string {
  return random.chance(0.7) ? `192.0.2.${random.int(30, 80)}` : `198.51.100.${random.int(150, 250)}`;
}

interface Visit {
  readonly ip: string;
  readonly port: number;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: string;
  readonly agent: string;
  readonly ms: number;
  readonly bytes: number;
}

function visit(random: Random): Visit {
  const [method, path] = random.skewed(PAGES);
  const query =
    path === '/search' ? `q=${random.pick(WORDS)}&page=${random.int(1, 5)}` : path.endsWith('detail') ? `id=${random.int(1, 4000)}` : '';
  const roll = random.next();
  const status = roll < 0.93 ? '200' : roll < 0.965 ? '304' : roll < 0.985 ? '302' : roll < 0.997 ? '404' : '502';
  return {
    ip: visitor(random),
    port: random.int(32_768, 60_999),
    method,
    path,
    query,
    status,
    agent: random.skewed(AGENTS),
    ms: Math.max(1, Math.round(random.around(path.startsWith('/static') ? 4 : 24))),
    bytes: Math.round(random.around(path.startsWith('/static') ? 24_000 : 5_200)),
  };
}

/** A request that WAF 3.0 let through. */
export function wafAccess(random: Random, timeSec: number): DemoLog {
  const v = visit(random);
  const host = random.chance(0.8) ? 'www.example.com' : 'shop.example.com';
  const port = String(v.port);
  const seconds = (v.ms / 1000).toFixed(3);
  return {
    timeSec,
    project: 'sec-prod',
    logstore: 'waf',
    topic: 'waf_access_log',
    source: 'waf_access_log',
    tags: {},
    fields: {
      bypass_matched_ids: '',
      content_type: v.method === 'POST' ? 'application/json' : '-',
      dst_port: '443',
      host,
      http_cookie: `acw_tc=${random.hex(16)}`,
      http_referer: random.chance(0.5) ? `https://${host}/` : '-',
      http_user_agent: v.agent,
      http_x_forwarded_for: '-',
      https: 'on',
      matched_host: `${host}-waf`,
      pp_state: '-',
      querystring: v.query,
      real_client_ip: v.ip,
      region: 'cn',
      remote_addr: v.ip,
      remote_port: port,
      request_body: '',
      request_length: String(random.int(300, 900)),
      request_method: v.method,
      request_path: v.path,
      request_uri: v.query === '' ? v.path : `${v.path}?${v.query}`,
      request_time_msec: String(v.ms),
      request_traceid: random.hex(32),
      server_port: '443',
      server_protocol: 'HTTP/1.1',
      src_ip: v.ip,
      src_port: port,
      ssl_cipher: 'ECDHE-RSA-AES128-GCM-SHA256',
      ssl_protocol: random.chance(0.6) ? 'TLSv1.3' : 'TLSv1.2',
      start_time: String(timeSec),
      status: v.status,
      time: `${isoTime(timeSec, CHINA_SEC)}+08:00`,
      upstream_addr: '10.0.1.11:443',
      upstream_response_time: seconds,
      upstream_status: v.status,
      user_id: ACCOUNT,
      owner_id: ACCOUNT,
    },
  };
}

/** A request through the load balancer. */
export function slbAccess(random: Random, timeSec: number): DemoLog {
  const v = visit(random);
  const seconds = (v.ms / 1000).toFixed(3);
  return {
    timeSec,
    project: 'sec-prod',
    logstore: 'slb',
    topic: 'slb_layer7_access_log',
    source: 'slb',
    tags: {},
    fields: {
      body_bytes_sent: String(v.bytes),
      client_ip: v.ip,
      client_port: String(v.port),
      host: 'www.example.com',
      http_host: 'www.example.com',
      http_referer: '-',
      http_user_agent: v.agent,
      http_x_forwarded_for: '-',
      http_x_real_ip: '-',
      read_request_time: '0',
      request_length: String(random.int(300, 900)),
      request_method: v.method,
      request_time: seconds,
      request_uri: v.query === '' ? v.path : `${v.path}?${v.query}`,
      scheme: 'https',
      server_protocol: 'HTTP/1.1',
      slb_vport: '443',
      ssl_cipher: 'ECDHE-RSA-AES128-GCM-SHA256',
      ssl_protocol: 'TLSv1.2',
      status: v.status,
      tcpinfo_rtt: String(Math.round(random.around(21_000))),
      time: `${isoTime(timeSec, CHINA_SEC)}+08:00`,
      upstream_addr: `10.0.1.${random.int(11, 13)}:8080`,
      upstream_response_time: seconds,
      upstream_status: v.status,
      vip_addr: '198.51.100.80',
      write_response_time: '0',
      owner_id: ACCOUNT,
      region: 'cn-hangzhou',
      network_type: 'vpc',
      vpc_id: 'vpc-bp1example0001',
      slbid: 'lb-bp1example0001',
      instance_id: 'lb-bp1example0001',
      instance_name: 'web-slb',
    },
  };
}

/** A request through Tencent Cloud WAF, as CLS gives it. */
export function tencentWafAccess(random: Random, timeSec: number): DemoLog {
  const v = visit(random);
  const seconds = (v.ms / 1000).toFixed(3);
  return {
    timeSec,
    project: 'sec-tencent',
    logstore: 'tencent-waf',
    topic: '',
    source: 'cls-kafka',
    tags: {},
    fields: {
      domain: 'shop.example.com',
      host: 'shop.example.com',
      client: v.ip,
      uuid: random.hex(32),
      schema: 'https',
      method: v.method,
      url: v.path,
      query: v.query,
      instance: 'waf_2kxexample01',
      edition: 'sparta-waf',
      status: v.status,
      upstream: '10.0.1.11:443',
      upstream_status: v.status,
      upstream_response_time: seconds,
      upstream_connect_time: '0.001',
      request_time: seconds,
      request_length: String(random.int(300, 900)),
      bytes_sent: String(v.bytes),
      user_agent: v.agent,
      referer: '',
      headers: 'Accept: */*',
      x_forwarded_for: '',
      content_type: 'text/html',
      appid: '1250000000',
      msec: `${timeSec}.${String(random.int(0, 999)).padStart(3, '0')}`,
      time: `${accessLogTime(timeSec, CHINA_SEC)} +0800`,
      timestamp: `${isoTime(timeSec, CHINA_SEC)}+08:00`,
      ipinfo_nation: 'Example',
      ipinfo_city: '',
      ipinfo_isp: '',
    },
  };
}

/** A request through Huawei Cloud WAF, as LTS writes it to OBS. */
export function huaweiWafAccess(random: Random, timeSec: number): DemoLog {
  const v = visit(random);
  const seconds = (v.ms / 1000).toFixed(3);
  const record = {
    requestid: random.hex(8),
    time: `${accessLogTime(timeSec, 0)} +0000`,
    connection_requests: '1',
    eng_ip: '10.0.100.10',
    hostid: '4740ae6347b0172c01254ff55bae5aff',
    tenantid: 'abcdef0123456789abcdef0123456789',
    projectid: '0123456789abcdef0123456789abcdef',
    remote_ip: v.ip,
    remote_port: String(v.port),
    sip: v.ip,
    scheme: 'https',
    response_code: v.status,
    method: v.method,
    http_host: 'pay.example.com',
    url: v.path,
    args: v.query,
    request_length: String(random.int(300, 900)),
    bytes_send: String(v.bytes + 300),
    body_bytes_sent: String(v.bytes),
    upstream_addr: '10.0.4.14:80',
    request_time: seconds,
    upstream_response_time: seconds,
    upstream_status: v.status,
    engine_id: 'engine-0001',
    time_iso8601: `${isoTime(timeSec, CHINA_SEC)}+08:00`,
    waf_time: '2',
    x_forwarded_for: '-',
    cdn_src_ip: '-',
    x_real_ip: '-',
    referer: '-',
    user_agent: v.agent,
    tls_version: 'TLSv1.2',
    ssl_cipher: 'ECDHE-RSA-AES128-GCM-SHA256',
    sni: 'pay.example.com',
    region_id: 'cn-north-4',
  };
  return {
    timeSec,
    project: 'sec-huawei',
    logstore: 'huawei-waf',
    topic: '',
    source: 'obs',
    tags: {},
    fields: {
      host_name: 'waf-engine-01',
      ip: '10.0.100.10',
      line_no: String(random.int(1, 5000)),
      message: JSON.stringify({ access_log: record }),
      path: '/waf/access',
      time: String(timeSec * 1000),
    },
  };
}
