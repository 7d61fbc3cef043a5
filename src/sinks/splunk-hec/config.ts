import { z } from 'zod';

/** Settings of the Splunk HTTP Event Collector sink. Names and defaults where the seeds' script has them: host, port, token, https, ssl_verify, sourcetype, index, source, timeout 120 s. */
export const splunkHecConfig = z.strictObject({
  endpoints: z
    .array(z.url({ protocol: /^https?$/ }))
    .min(1)
    .describe('Base addresses, `https://splunk:8088`; several are used in turn, a dead one is left out until it answers again.'),
  token: z.string().min(1).meta({ secret: true }).describe('HEC token; from the environment or a file, never from the command line.'),
  mode: z
    .enum(['event', 'raw'])
    .default('event')
    .describe('`event` sends JSON envelopes; `raw` sends the log as JSON lines to be broken by Splunk.'),
  index: z.string().optional().describe('Splunk index; without it the token decides.'),
  sourcetype: z.string().optional().describe('Splunk sourcetype; without it `sluice:<logstore>`.'),
  source: z.string().optional().describe('Splunk source; without it `sls:<project>/<logstore>`.'),
  host: z.string().optional().describe('Splunk host; without it the log source (`__source__`).'),
  indexField: z.string().optional().describe('Log field that names the index, where it has one.'),
  sourcetypeField: z.string().optional().describe('Log field that names the sourcetype.'),
  hostField: z.string().optional().describe('Log field that names the host.'),
  gzip: z.boolean().default(false).describe('Compress bodies with gzip level 1: pays on a slow link, costs processor on a fast one.'),
  ack: z
    .enum(['auto', 'require', 'off'])
    .default('auto')
    .describe('Indexer acknowledgement: `auto` uses it when the token has it, `require` refuses a token without it.'),
  ackPollMs: z
    .number()
    .min(50)
    .default(500)
    .meta({ unit: 'ms' })
    .describe('Pause between questions for acknowledgements; grows to ten times as much.'),
  ackTimeoutMs: z
    .number()
    .min(1000)
    .default(300_000)
    .meta({ unit: 'ms' })
    .describe('A batch not acknowledged by then is sent again on a new channel.'),
  timeoutMs: z.number().min(1000).default(120_000).meta({ unit: 'ms' }).describe("Limit of one request; the seeds' script has 120 s."),
  verify: z.boolean().default(true).describe('Check the certificate of the receiver.'),
  caFile: z.string().optional().describe('PEM file of the certificate authority.'),
  batchBytes: z.number().int().min(1024).default(1_000_000).meta({ unit: 'bytes' }).describe('Splunk advises at most 1 MB per request.'),
  batchRecords: z.number().int().min(1).default(10_000).describe('Events per request.'),
  batchMs: z.number().min(1).default(1000).meta({ unit: 'ms' }).describe('A partly filled batch is sent after this.'),
  recordBytes: z.number().int().min(1024).default(10_000_000).meta({ unit: 'bytes' }).describe('Largest event.'),
  inFlight: z
    .number()
    .int()
    .min(1)
    .default(8)
    .describe('Requests on the way at once, all shards together: each holds up to a batch of memory.'),
});

export type SplunkHecConfig = z.infer<typeof splunkHecConfig>;
