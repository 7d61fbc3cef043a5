import type { DemoLog } from './demo-log.ts';
import type { Random } from './random.ts';
import { localTime } from './shift-times.ts';

const ACCOUNT = '1000000000000001';

const HOSTS = [
  { instance: 'i-bp1example0000web01', ip: '10.0.1.11', uuid: 'aegis-uuid-0000-web01', name: 'prod-web-01' },
  { instance: 'i-bp1example0000web02', ip: '10.0.1.12', uuid: 'aegis-uuid-0000-web02', name: 'prod-web-02' },
  { instance: 'i-bp1example0000web03', ip: '10.0.1.13', uuid: 'aegis-uuid-0000-web03', name: 'prod-web-03' },
  { instance: 'i-bp1example00000db01', ip: '10.0.2.21', uuid: 'aegis-uuid-0000-db01', name: 'prod-db-01' },
  { instance: 'i-bp1example00000app1', ip: '10.0.4.14', uuid: 'aegis-uuid-0000-app1', name: 'prod-app-01' },
] as const;

const PROCESSES = [
  ['root', '0', 'crond', '/usr/sbin/crond', '/usr/sbin/logrotate', '/usr/sbin/logrotate /etc/logrotate.conf'],
  ['root', '0', 'systemd', '/usr/lib/systemd/systemd', '/usr/bin/systemctl', 'systemctl is-active nginx'],
  ['root', '0', 'crond', '/usr/sbin/crond', '/usr/lib64/sa/sa1', '/usr/lib64/sa/sa1 1 1'],
  ['app', '1001', 'java', '/usr/lib/jvm/bin/java', '/usr/bin/jcmd', 'jcmd 2100 Thread.print'],
  ['root', '0', 'sshd', '/usr/sbin/sshd', '/usr/bin/df', 'df -h'],
  ['deploy', '1002', 'bash', '/usr/bin/bash', '/usr/bin/git', 'git pull --ff-only'],
  ['deploy', '1002', 'bash', '/usr/bin/bash', '/usr/bin/ls', 'ls -la /srv/app'],
  ['root', '0', 'node_exporter', '/usr/local/bin/node_exporter', '/usr/bin/uname', 'uname -r'],
] as const;

const DOMAINS = [
  'db.internal.example.com',
  'cache.internal.example.com',
  'repo.example.org',
  'www.example.org',
  'api.example.com',
  'mirror.example.org',
  'time.example.org',
] as const;

function hostFields(host: (typeof HOSTS)[number], timeSec: number): Record<string, string> {
  return {
    instance_id: host.instance,
    host_ip: host.ip,
    uuid: host.uuid,
    sas_group_name: 'default',
    start_time: String(timeSec),
    owner_id: ACCOUNT,
  };
}

function sas(topic: string, timeSec: number, fields: Record<string, string>): DemoLog {
  return { timeSec, project: 'sec-prod', logstore: 'sas', topic, source: 'sas', tags: {}, fields };
}

/** A process that hosts start all day. */
export function hostProcess(random: Random, timeSec: number): DemoLog {
  const host = random.pick(HOSTS);
  const [user, uid, parentName, parentPath, path, cmdline] = random.skewed(PROCESSES);
  const pid = random.int(3000, 31_000);
  return sas('aegis-log-process', timeSec, {
    ...hostFields(host, timeSec),
    cmd_chain: '[{"1":"/usr/lib/systemd/systemd"}]',
    cmd_chain_index: '0',
    comm: '',
    cwd: '/',
    gid: uid,
    groupname: user,
    parent_cmd_line: parentPath,
    parent_proc_name: parentName,
    parent_proc_path: parentPath,
    parent_proc_start_time: localTime(timeSec - random.int(600, 400_000)),
    pid: String(pid),
    ppid: String(random.int(1, 2900)),
    proc_name: path.split('/').at(-1) as string,
    proc_path: path,
    proc_start_time: localTime(timeSec),
    srv_cmd: '/usr/lib/systemd/systemd',
    tty: 'N/A',
    uid,
    username: user,
    container_id: '',
    container_name: '',
    cmdline,
  });
}

/** A connection between the tiers. */
export function hostConnection(random: Random, timeSec: number): DemoLog {
  const host = random.pick(HOSTS.slice(0, 3));
  const toDatabase = random.chance(0.6);
  return sas('aegis-log-network', timeSec, {
    ...hostFields(host, timeSec),
    connection_type: 'tcp',
    type: toDatabase ? 'connect' : 'accept',
    net_connect_dir: toDatabase ? 'out' : 'in',
    status: '5',
    pid: toDatabase ? '2100' : '2101',
    ppid: '1',
    proc_name: toDatabase ? 'java' : 'nginx',
    proc_path: toDatabase ? '/usr/lib/jvm/bin/java' : '/usr/sbin/nginx',
    proc_start_time: localTime(timeSec - 86_400),
    parent_proc_name: 'systemd',
    cmd_chain: '[]',
    uid: toDatabase ? '1001' : '0',
    username: toDatabase ? 'app' : 'root',
    container_id: '',
    src_ip: toDatabase ? host.ip : `192.0.2.${random.int(30, 80)}`,
    src_port: String(random.int(32_768, 60_999)),
    dst_ip: toDatabase ? '10.0.2.21' : host.ip,
    dst_port: toDatabase ? '3306' : '443',
  });
}

/** An operator's or deployment's logon from the bastion network, now and then mistyped. */
export function hostLogon(random: Random, timeSec: number): DemoLog {
  const host = random.pick(HOSTS);
  const failed = random.chance(0.03);
  return sas(failed ? 'aegis-log-crack' : 'aegis-log-login', timeSec, {
    ...hostFields(host, timeSec),
    src_ip: `10.0.9.${random.int(41, 44)}`,
    dst_port: '22',
    login_type: failed ? 'SSH' : 'SSHLOGIN',
    username: random.skewed(['deploy', 'ops', 'monitor', 'dba']),
    login_count: '1',
  });
}

/** A name that hosts look up all day. */
export function dnsQuery(random: Random, timeSec: number): DemoLog {
  const host = random.pick(HOSTS);
  const domain = random.skewed(DOMAINS);
  const internal = domain.includes('.internal.');
  const failed = random.chance(0.01);
  const address = internal ? `10.0.2.${random.int(21, 25)}` : `192.0.2.${random.int(200, 220)}`;
  return {
    timeSec,
    project: 'sec-prod',
    logstore: 'dns',
    topic: 'dns_intranet_log',
    source: 'dns',
    tags: {},
    fields: {
      user_id: ACCOUNT,
      owner_id: ACCOUNT,
      region_id: 'cn-hangzhou',
      src_addr: host.ip,
      dst_addr: '10.0.0.2',
      src_port: String(random.int(32_768, 60_999)),
      dst_port: '53',
      transport: 'UDP',
      dns_msg_id: String(random.int(1, 65_535)),
      dns_msg_flags: 'QR RD RA',
      query_name: `${domain}.`,
      query_type: random.chance(0.8) ? 'A' : 'AAAA',
      rcode: failed ? '3' : '0',
      answer_rrset: failed ? '[]' : JSON.stringify([`${domain}. 300 IN A ${address}`]),
      authority_rrset: '[]',
      additional_rrset: '[]',
      edns: 'flags:DO udp:1408',
      service_type: internal ? 'PVTZ' : 'RESOLVER',
      module_type: internal ? 'AUTH_FAST' : 'CACHE',
      resolve_path: internal ? '1,0,0,0,0' : '0,0,1,0,0',
      rt: String(Math.max(1, Math.round(random.around(2)))),
      view_name: 'DEFAULT',
      vpc_id: 'vpc-bp1example0001',
      ecs_id: host.instance,
      ecs_hostname: host.name,
    },
  };
}
