/** Ways to send a first log that need nothing but a terminal. */
export const SENDERS = ['sluice', 'python'] as const;
export type Sender = (typeof SENDERS)[number];

export interface SendTarget {
  /** Of the SLS wire API. */
  readonly endpoint: string;
  readonly project: string;
  readonly logstore: string;
  readonly accessKeyId: string;
  readonly secret: string;
}

/** One log of a scanner, as a firewall would write it. */
const LOG = { src_ip: '203.0.113.66', request: 'GET /admin.php', status: '405', user_agent: 'sqlmap/1.7' };

/** What is pasted into a terminal to send one log. */
export function sendCommand(sender: Sender, { endpoint, project, logstore, accessKeyId, secret }: SendTarget): string {
  if (sender === 'sluice')
    return [
      `export SLS_ENDPOINT=${endpoint} SLS_AK_ID=${accessKeyId} SLS_AK_KEY=${secret}`,
      `echo '${JSON.stringify(LOG)}' |`,
      `  npx sluice put ${project}/${logstore}`,
    ].join('\n');
  return [
    'pip install aliyun-log-python-sdk',
    `python3 - <<'END'`,
    'import time',
    'from aliyun.log import LogClient, LogItem, PutLogsRequest',
    `client = LogClient('${endpoint}', '${accessKeyId}', '${secret}')`,
    `contents = [${Object.entries(LOG)
      .map(([name, value]) => `('${name}', '${value}')`)
      .join(', ')}]`,
    `client.put_logs(PutLogsRequest('${project}', '${logstore}', '', 'terminal', [LogItem(int(time.time()), contents=contents)]))`,
    'END',
  ].join('\n');
}

/** The address of the wire API as seen from where the console is open: the server listens on every address, or on the one that answered. */
export function slsEndpoint(sls: { readonly secure: boolean; readonly host: string; readonly port: number }, browserHost: string): string {
  const host = ['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'].includes(sls.host) ? browserHost : sls.host;
  return `${sls.secure ? 'https' : 'http'}://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${sls.port}`;
}
