import { z } from 'zod';

export const FACILITIES = [
  'kern', 'user', 'mail', 'daemon', 'auth', 'syslog', 'lpr', 'news', 'uucp', 'cron', 'authpriv', 'ftp', 'ntp', 'audit', 'alert', 'clock',
  'local0', 'local1', 'local2', 'local3', 'local4', 'local5', 'local6', 'local7',
] as const; // prettier-ignore
export const SEVERITIES = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;

/** Largest message that each receiver takes as it comes out of the box: rsyslog 8 kB, syslog-ng 64 kB, QRadar 4,096 bytes over TCP and 1,024 over UDP, Splunk 10,000. */
const RECEIVER_BYTES = { rsyslog: [8192, 8192], 'syslog-ng': [65_536, 65_000], qradar: [4096, 1024], splunk: [10_000, 10_000] } as const;

/** A name as it stands in a syslog header: printable ASCII without spaces (RFC 5424 §6). */
const headerName = (most: number) =>
  z.string().regex(new RegExp(`^[!-~]{1,${most}}$`), `expected 1 to ${most} printable ASCII characters without spaces`);

/** Settings of the syslog sink. Names and defaults where the seeds' script has them: facility FAC_USER, severity SEV_INFO, protocol, certificate path, separator `||`, tag, hostname, timeout 120 s. */
export const syslogConfig = z
  .strictObject({
    transport: z.enum(['udp', 'tcp', 'tls']).describe('UDP confirms nothing; TCP and TLS do as `confirm` says.'),
    host: z.string().min(1).describe('Name or address of the receiver.'),
    port: z.number().int().min(1).max(65_535).describe('514 for UDP and TCP, 6514 for TLS by convention.'),
    format: z
      .enum(['rfc5424', 'rfc3164', 'cef', 'leef'])
      .default('rfc5424')
      .describe('rfc5424 is recommended. cef and leef stand behind a syslog header.'),
    message: z
      .enum(['json', 'pairs'])
      .default('json')
      .describe(
        "What an rfc5424 or rfc3164 message holds: a JSON object, or `key=value` behind `separator` as the vendor's script writes it.",
      ),
    separator: z.string().min(1).max(16).default('||').describe('Stands before each `key=value`.'),
    header: z.enum(['rfc5424', 'rfc3164', 'none']).default('rfc3164').describe('Syslog header of cef and leef.'),
    framing: z
      .enum(['octet', 'lf'])
      .default('octet')
      .describe(
        'How TCP tells messages apart (RFC 6587): their length in front, or a line feed behind. syslog-ng wants `octet`, QRadar `lf`. TLS is always `octet` unless set.',
      ),
    facility: z.enum(FACILITIES).default('user').describe('FAC_USER.'),
    severity: z.enum(SEVERITIES).default('info').describe('SEV_INFO.'),
    severityField: z.string().optional().describe('Log field with the severity: a number 0 to 7 or a word such as error, high, WARN.'),
    tag: headerName(48).optional().describe('APP-NAME, or TAG; without it the logstore.'),
    hostname: headerName(255).optional().describe('HOSTNAME; without it `hostnameField`, else the log source (`__source__`), else `-`.'),
    hostnameField: z.string().optional().describe('Log field with the host name.'),
    structuredData: z
      .boolean()
      .default(true)
      .describe('Puts the id of each log into the structured data of rfc5424: `[sluice@32473 id="…"]`.'),
    fieldsInStructuredData: z.array(z.string()).default([]).describe('Log fields that also stand in the structured data.'),
    bom: z
      .boolean()
      .default(false)
      .describe('Begins each message with the byte order mark that RFC 5424 asks for and most receivers keep in the text.'),
    timeZone: z.string().optional().describe("Zone of rfc3164 times; without it the machine's."),
    vendor: z.string().default('Sluice').describe('Device vendor of cef and leef.'),
    product: z.string().optional().describe('Device product; without it the logstore.'),
    productVersion: z.string().default('1.0').describe('Device version.'),
    signature: z.string().default('log').describe('Signature or event id; it drives the mapping in QRadar.'),
    signatureField: z.string().optional().describe('Log field with the signature.'),
    name: z.string().optional().describe('Event name of cef; without it the logstore.'),
    nameField: z.string().optional().describe('Log field with the name.'),
    map: z
      .record(z.string(), z.string().regex(/^[A-Za-z0-9_]+$/))
      .default({})
      .describe('Log field → key of cef or leef, besides the well-known ones.'),
    receiver: z
      .enum(['rsyslog', 'syslog-ng', 'qradar', 'splunk'])
      .optional()
      .describe('Sets the size limit to what that receiver takes out of the box.'),
    messageBytes: z
      .number()
      .int()
      .min(480)
      .max(16 * 1024 * 1024)
      .optional()
      .meta({ unit: 'bytes' })
      .describe(
        'Largest message; longer ones have their values cut and are marked. Without it 8,192, over UDP 2,048 (RFC 5426: should take).',
      ),
    datagramsPerSec: z
      .number()
      .positive()
      .default(20_000)
      .describe(
        "Most datagrams a second: a receiver's buffer (212 kB on Linux) drops what comes faster than it is read, and nobody is told.",
      ),
    confirm: z
      .enum(['auto', 'close', 'written'])
      .default('auto')
      .describe(
        '`close`: each batch has a connection of its own, which the receiver closes after it has read everything: nothing is lost when it goes away. `written`: one connection stays open, ' +
          'and what the system took counts as delivered. `auto` uses `close` where the receiver closes a connection that was closed by us.',
      ),
    confirmTimeoutMs: z
      .number()
      .min(100)
      .default(30_000)
      .meta({ unit: 'ms' })
      .describe('A receiver that has not read a batch by then gets it again.'),
    timeoutMs: z
      .number()
      .min(100)
      .default(120_000)
      .meta({ unit: 'ms' })
      .describe("Limit of connecting and of a standstill while writing; the seeds' script has 120 s."),
    caFile: z.string().optional().describe('PEM file of the certificate authority; without it those of the system.'),
    certFile: z.string().optional().describe('PEM file of our certificate, where the receiver wants one.'),
    keyFile: z.string().optional().describe('PEM file of its key.'),
    serverName: z.string().optional().describe('Name that the certificate must have, when it is not `host`.'),
    verify: z.boolean().default(true).describe('Check the certificate of the receiver.'),
    batchBytes: z
      .number()
      .int()
      .min(1024)
      .default(2_000_000)
      .meta({ unit: 'bytes' })
      .describe('With `close` a connection is made per batch, so small ones cost more.'),
    batchRecords: z.number().int().min(1).default(20_000).describe('Messages per batch.'),
    batchMs: z.number().min(1).default(1000).meta({ unit: 'ms' }).describe('A partly filled batch is sent after this.'),
    inFlight: z.number().int().min(1).default(8).describe('Batches on the way at once, all shards together; one of each shard.'),
  })
  .refine((c) => (c.certFile === undefined) === (c.keyFile === undefined), 'certFile and keyFile belong together')
  .refine((c) => c.transport !== 'udp' || (c.messageBytes ?? 0) <= 65_507, 'a datagram holds at most 65507 bytes');

export type SyslogConfig = z.infer<typeof syslogConfig>;

/** Largest message in bytes. */
export function messageBytes(config: SyslogConfig): number {
  if (config.messageBytes !== undefined) return config.messageBytes;
  const known = config.receiver === undefined ? undefined : RECEIVER_BYTES[config.receiver];
  if (known !== undefined) return known[config.transport === 'udp' ? 1 : 0];
  return config.transport === 'udp' ? 2048 : 8192;
}
