import { z } from 'zod';
import { httpSettings } from '../http-receiver.ts';

/** Settings of the OTLP sink: logs over HTTP, in JSON. */
export const otlpConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Address of the logs endpoint, `https://collector:4318/v1/logs`.'),
  token: z.string().min(1).optional().meta({ secret: true }).describe('Sent as `Authorization: Bearer …`.'),
  serviceName: z.string().min(1).optional().describe('`service.name` of the resource; without it the logstore.'),
  severityField: z.string().optional().describe('Log field with the severity: a number 0 to 7 or a word such as error, high, WARN.'),
  gzip: z.boolean().default(true).describe('Compress bodies with gzip level 1.'),
  ...httpSettings,
  batchBytes: z.number().int().min(1024).default(2_000_000).meta({ unit: 'bytes' }).describe('Collectors take 20 MB out of the box.'),
  batchRecords: z.number().int().min(1).default(5000).describe('Log records per request.'),
  batchMs: z.number().min(1).default(1000).meta({ unit: 'ms' }).describe('A partly filled batch is sent after this.'),
  recordBytes: z
    .number()
    .int()
    .min(1024)
    .default(1_900_000)
    .meta({ unit: 'bytes' })
    .describe('Largest log record; longer ones have their values cut.'),
  inFlight: z.number().int().min(1).default(4).describe('Requests on the way at once, all shards together.'),
});

export type OtlpConfig = z.infer<typeof otlpConfig>;
