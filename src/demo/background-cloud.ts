import type { DemoLog } from './demo-log.ts';
import type { Random } from './random.ts';
import { accessLogTime, isoTime } from './shift-times.ts';

const CHINA_SEC = 8 * 3600;
const ACCOUNT = '1000000000000001';
const AWS_ACCOUNT = '111122223333';
const NO_RULE = '00000000-0000-0000-0000-000000000000';

/** What people and programs of the company read all day: nothing that changes anything. */
const READS = [
  ['DescribeInstances', 'Ecs', 'ecs.aliyuncs.com', '2014-05-26'],
  ['DescribeDBInstances', 'Rds', 'rds.aliyuncs.com', '2014-08-15'],
  ['ListBuckets', 'Oss', 'oss.aliyuncs.com', '2019-05-17'],
  ['DescribeLoadBalancers', 'Slb', 'slb.aliyuncs.com', '2014-05-15'],
  ['DescribeMetricList', 'Cms', 'metrics.aliyuncs.com', '2019-01-01'],
  ['GetLogStoreLogs', 'Sls', 'sls.aliyuncs.com', '2020-12-30'],
] as const;

const PEOPLE = [
  ['ops-carol', '200000000000000021', 'LTAI5tEXAMPLE0000000021', '10.0.9.41'],
  ['ops-dan', '200000000000000022', 'LTAI5tEXAMPLE0000000022', '10.0.9.42'],
  ['monitor', '200000000000000023', 'LTAI5tEXAMPLE0000000023', '10.0.9.43'],
] as const;

/** A read of the control plane. */
export function actionTrailRead(random: Random, timeSec: number): DemoLog {
  const [name, service, source, version] = random.skewed(READS);
  const [user, id, key, ip] = random.skewed(PEOPLE);
  const event = {
    eventId: random.uuid(),
    eventVersion: '1',
    eventCategory: 'Management',
    eventType: 'ApiCall',
    eventName: name,
    eventRW: 'Read',
    eventSource: source,
    serviceName: service,
    eventTime: `${isoTime(timeSec, 0)}Z`,
    acsRegion: 'cn-hangzhou',
    requestId: random.uuid().toUpperCase(),
    apiVersion: version,
    sourceIpAddress: ip,
    userAgent: 'AlibabaCloud CLI/3.0.200',
    recipientAccountId: ACCOUNT,
    userIdentity: { type: 'ram-user', principalId: id, accountId: ACCOUNT, accessKeyId: key, userName: user },
    isGlobal: false,
    requestParameters: { RegionId: 'cn-hangzhou', PageSize: 50 },
  };
  return {
    timeSec,
    project: 'sec-prod',
    logstore: 'actiontrail',
    topic: 'actiontrail_event',
    source: 'actiontrail',
    tags: {},
    fields: { event: JSON.stringify(event), owner_id: ACCOUNT, region: 'cn-hangzhou' },
  };
}

const AWS_READS = [
  ['DescribeInstances', 'ec2.amazonaws.com'],
  ['GetCallerIdentity', 'sts.amazonaws.com'],
  ['ListBuckets', 's3.amazonaws.com'],
  ['DescribeAlarms', 'monitoring.amazonaws.com'],
] as const;

/** A read of the AWS control plane. */
export function cloudTrailRead(random: Random, timeSec: number): DemoLog {
  const [name, source] = random.skewed(AWS_READS);
  const identity = {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:sess',
    arn: `arn:aws:sts::${AWS_ACCOUNT}:assumed-role/app/sess`,
    accountId: AWS_ACCOUNT,
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    sessionContext: { sessionIssuer: { type: 'Role', userName: 'app' } },
  };
  return {
    timeSec,
    project: 'sec-aws',
    logstore: 'aws-cloudtrail',
    topic: '',
    source: 's3',
    tags: {},
    fields: {
      eventVersion: '1.10',
      userIdentity: JSON.stringify(identity),
      eventTime: `${isoTime(timeSec, 0)}Z`,
      eventSource: source,
      eventName: name,
      awsRegion: 'us-east-1',
      sourceIPAddress: '10.0.1.14',
      userAgent: 'aws-sdk-java/2.26',
      requestParameters: 'null',
      responseElements: 'null',
      requestID: random.uuid(),
      eventID: random.uuid(),
      readOnly: 'true',
      eventType: 'AwsApiCall',
      managementEvent: 'true',
      recipientAccountId: AWS_ACCOUNT,
      eventCategory: 'Management',
    },
  };
}

/** An object read or written by the applications. */
export function ossAccess(random: Random, timeSec: number): DemoLog {
  const write = random.chance(0.2);
  const object = write ? `uploads%2F${random.hex(8)}.bin` : `assets%2F${random.int(1, 400)}.webp`;
  const size = Math.round(random.around(40_000, 1));
  return {
    timeSec,
    project: 'sec-prod',
    logstore: 'oss',
    topic: 'oss_access_log',
    source: 'oss',
    tags: {},
    fields: {
      time: accessLogTime(timeSec, CHINA_SEC),
      access_id: 'LTAI5tEXAMPLE0000000031',
      owner_id: ACCOUNT,
      user_agent: 'aliyun-sdk-java/3.17',
      bucket: 'example-assets',
      object,
      object_size: String(size),
      operation: write ? 'PutObject' : 'GetObject',
      bucket_location: 'oss-cn-hangzhou',
      request_uri: `/${decodeURIComponent(object)}`,
      error_code: '-',
      ec: '-',
      request_length: String(random.int(300, 600)),
      client_ip: `10.0.1.${random.int(11, 13)}`,
      response_body_length: write ? '0' : String(size),
      http_method: write ? 'PUT' : 'GET',
      referer: '-',
      requester_id: '200000000000000031',
      request_id: random.hex(24).toUpperCase(),
      response_time: String(Math.max(1, Math.round(random.around(14)))),
      server_cost_time: String(Math.max(1, Math.round(random.around(9)))),
      http_type: 'https',
      sign_type: 'NORMAL_SIGN4',
      http_status: '200',
      sync_request: '-',
      bucket_storage_type: 'standard',
      host: 'example-assets.oss-cn-hangzhou-internal.aliyuncs.com',
      vpc_addr: '185139210',
      vpc_id: '4000001',
      delta_data_size: write ? String(size) : '-',
      extend_information: '-',
      region: 'cn-hangzhou',
    },
  };
}

const STATEMENTS = [
  ['SELECT id, name, price FROM items WHERE id = ?', 1],
  ['SELECT id FROM orders WHERE id = ?', 1],
  ['SELECT * FROM cart WHERE user_id = ? LIMIT 50', 6],
  ['UPDATE cart SET qty = ? WHERE id = ?', 0],
  ['INSERT INTO orders (user_id, total) VALUES (?, ?)', 0],
] as const;

/** A statement of the shop's application. */
export function sqlStatement(random: Random, timeSec: number): DemoLog {
  const [template, rows] = random.skewed(STATEMENTS);
  return {
    timeSec,
    project: 'sec-prod',
    logstore: 'rds-audit',
    topic: 'rds_audit_log',
    source: 'rds',
    tags: {},
    fields: {
      check_rows: String(Math.max(1, rows)),
      db: 'orders',
      fail: '0',
      client_ip: `10.0.1.${random.int(11, 13)}`,
      latency: String(Math.round(random.around(420))),
      origin_time: String(timeSec * 1_000_000),
      return_rows: String(rows),
      sql: template.replaceAll('?', () => String(random.int(1, 9000))),
      thread_id: String(random.int(7000, 7400)),
      user: 'app',
      update_rows: template.startsWith('SELECT') ? '0' : '1',
      owner_id: ACCOUNT,
      region: 'cn-hangzhou',
      instance_id: 'rm-bp1example01',
      instance_name: 'orders-db',
      db_type: 'mysql',
      db_version: '8.0',
      hash: random.hex(16),
    },
  };
}

/** A controller watching its objects. */
export function kubernetesRead(random: Random, timeSec: number): DemoLog {
  const resource = random.skewed(['configmaps', 'leases', 'pods', 'endpoints', 'nodes']);
  const verb = random.skewed(['watch', 'list', 'get']);
  const at = isoTime(timeSec, 0);
  return {
    timeSec,
    project: 'sec-prod',
    logstore: 'k8s-audit',
    topic: '',
    source: 'ack',
    tags: {},
    fields: {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: random.uuid(),
      stage: 'ResponseComplete',
      requestURI: `/api/v1/namespaces/kube-system/${resource}`,
      verb,
      user: JSON.stringify({ username: 'system:kube-controller-manager', uid: '', groups: ['system:authenticated'] }),
      sourceIPs: '["10.0.7.1"]',
      userAgent: 'kube-controller-manager/v1.28.3',
      objectRef: JSON.stringify({ resource, namespace: 'kube-system', name: '', apiVersion: 'v1' }),
      responseStatus: '{"metadata":{},"code":200}',
      requestReceivedTimestamp: `${at}.${String(random.int(0, 999)).padStart(3, '0')}000Z`,
      stageTimestamp: `${at}.999000Z`,
      annotations: '{"authorization.k8s.io/decision":"allow","authorization.k8s.io/reason":""}',
    },
  };
}

/** A connection that the internet firewall let through. */
export function firewallFlow(random: Random, timeSec: number): DemoLog {
  const into = Math.round(random.around(9000, 1));
  const out = Math.round(random.around(14_000, 1));
  return {
    timeSec,
    project: 'sec-prod',
    logstore: 'cloudfirewall',
    topic: 'cloudfirewall_access_log',
    source: 'cloudfirewall',
    tags: {},
    fields: {
      log_type: 'internet_log',
      aliuid: ACCOUNT,
      app_name: 'HTTPS',
      domain: '',
      start_time: String(timeSec - 20),
      end_time: String(timeSec),
      start_time_min: String(timeSec - (timeSec % 60)),
      in_packet_bytes: String(into),
      in_packet_count: String(Math.ceil(into / 900)),
      out_packet_bytes: String(out),
      out_packet_count: String(Math.ceil(out / 1100)),
      total_packet_bytes: String(into + out),
      total_packet_count: String(Math.ceil(into / 900) + Math.ceil(out / 1100)),
      ip_protocol: 'tcp',
      tcp_seq: String(random.int(1, 4_000_000_000)),
      rule_result: 'pass',
      vul_level: '',
      acl_rule_id: NO_RULE,
      ips_rule_id: NO_RULE,
      ips_ai_rule_id: NO_RULE,
      ips_rule_name: '',
      ips_rule_name_en: '',
      attack_type_name: '',
      attack_type_name_en: '',
      direction: 'in',
      src_ip: `192.0.2.${random.int(30, 80)}`,
      src_port: String(random.int(32_768, 60_999)),
      dst_ip: '198.51.100.111',
      dst_port: '443',
      owner_id: ACCOUNT,
      region_id: 'cn-hangzhou',
      url: '',
      src_private_ip: '',
      app_dpi_state: 'success',
      country_id: random.skewed(['CN', 'SG', 'US', 'DE']),
    },
  };
}

/** A flow between the tiers, or from a visitor. */
export function vpcFlow(random: Random, timeSec: number): DemoLog {
  const inner = random.chance(0.6);
  const packets = Math.max(1, Math.round(random.around(24, 1)));
  return {
    timeSec,
    project: 'sec-prod',
    logstore: 'vpc-flow',
    topic: 'flow_log',
    source: 'vpc',
    tags: {},
    fields: {
      version: '1',
      'vswitch-id': 'vsw-bp1example0001',
      'vm-id': 'i-bp1example0000web01',
      'vpc-id': 'vpc-bp1example0001',
      'account-id': ACCOUNT,
      'eni-id': 'eni-bp1example0001',
      region: 'cn-hangzhou',
      srcaddr: inner ? `10.0.1.${random.int(11, 13)}` : `192.0.2.${random.int(30, 80)}`,
      srcport: String(random.int(32_768, 60_999)),
      dstaddr: inner ? '10.0.2.21' : '10.0.1.11',
      dstport: inner ? '3306' : '443',
      protocol: '6',
      direction: inner ? 'out' : 'in',
      packets: String(packets),
      bytes: String(packets * random.int(120, 900)),
      start: String(timeSec - 60),
      end: String(timeSec),
      'tcp-flags': '27',
      traffic_path: '0',
      'log-status': 'OK',
      action: 'ACCEPT',
    },
  };
}
