import { z } from 'zod';

/** Settings of the Kafka sink: brokers from 0.11 on. */
export const kafkaConfig = z
  .strictObject({
    brokers: z
      .array(z.string().regex(/^[^\s,:]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$/i, 'expected HOST:PORT'))
      .min(1)
      .describe('Brokers to begin with; the others are learned from them.'),
    topic: z
      .string()
      .regex(/^[A-Za-z0-9._-]{1,249}$/, 'expected 1 to 249 of letters, digits, . _ -')
      .describe('Must be there, or the brokers make topics by themselves.'),
    key: z
      .enum(['shard', 'id', 'none'])
      .default('shard')
      .describe(
        'Key of each message. `shard` keeps the order of a shard, in one partition; `id` spreads over all partitions; `none` leaves it to the client.',
      ),
    compression: z.enum(['gzip', 'none']).default('gzip').describe('Compression of what is sent.'),
    tls: z.boolean().default(false).describe('Set by the scheme `kafka+tls`.'),
    verify: z.boolean().default(true).describe('Check the certificate of the brokers.'),
    caFile: z.string().optional().describe('PEM file of the certificate authority; without it those of the system.'),
    certFile: z.string().optional().describe('PEM file of our certificate, where the brokers want one.'),
    keyFile: z.string().optional().describe('PEM file of its key.'),
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).default('plain').describe('How `user` signs in.'),
    user: z.string().min(1).optional().describe('SASL user.'),
    password: z.string().min(1).optional().meta({ secret: true }).describe('Its password.'),
    timeoutMs: z.number().min(1000).default(30_000).meta({ unit: 'ms' }).describe('Limit of one request.'),
    batchBytes: z
      .number()
      .int()
      .min(1024)
      .default(900_000)
      .meta({ unit: 'bytes' })
      .describe('Before compression. Brokers refuse batches over `message.max.bytes`, 1 MB out of the box.'),
    batchRecords: z.number().int().min(1).default(5000).describe('Messages per request.'),
    batchMs: z.number().min(1).default(500).meta({ unit: 'ms' }).describe('A partly filled batch is sent after this.'),
    recordBytes: z
      .number()
      .int()
      .min(1024)
      .default(900_000)
      .meta({ unit: 'bytes' })
      .describe('Largest message; longer logs have their values cut.'),
    inFlight: z.number().int().min(1).default(4).describe('Requests on the way at once, all shards together.'),
  })
  .refine((c) => (c.user === undefined) === (c.password === undefined), 'user and password belong together')
  .refine((c) => (c.certFile === undefined) === (c.keyFile === undefined), 'certFile and keyFile belong together');

export type KafkaConfig = z.infer<typeof kafkaConfig>;
