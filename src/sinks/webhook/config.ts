import { z } from 'zod';
import { httpSettings } from '../http-receiver.ts';

/** Settings of the webhook sink. */
export const webhookConfig = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('Where batches are posted.'),
  query: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('Query of the address, `key=…`: some receivers have their key there.'),
  body: z.enum(['array', 'ndjson']).default('array').describe('A JSON array of logs, or one log a line.'),
  token: z.string().min(1).optional().meta({ secret: true }).describe('Sent as `Authorization: Bearer …`.'),
  signingSecret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/=]{32,}$/, 'expected whsec_ and at least 24 bytes in base64')
    .optional()
    .meta({ secret: true })
    .describe('Signs each batch as Standard Webhooks has it: webhook-id, webhook-timestamp, webhook-signature (HMAC-SHA256).'),
  gzip: z.boolean().default(false).describe('Compress bodies: pays on a slow link.'),
  ...httpSettings,
  batchBytes: z.number().int().min(1024).default(1_000_000).meta({ unit: 'bytes' }).describe('Most receivers take 1 MB.'),
  batchRecords: z.number().int().min(1).default(1000).describe('Logs per request.'),
  batchMs: z.number().min(1).default(1000).meta({ unit: 'ms' }).describe('A partly filled batch is sent after this.'),
  recordBytes: z
    .number()
    .int()
    .min(1024)
    .default(900_000)
    .meta({ unit: 'bytes' })
    .describe('Largest log; longer ones have their values cut.'),
  inFlight: z.number().int().min(1).default(4).describe('Requests on the way at once, all shards together.'),
});

export type WebhookConfig = z.infer<typeof webhookConfig>;
