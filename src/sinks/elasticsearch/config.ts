import { z } from 'zod';
import { httpSettings } from '../http-receiver.ts';

/** Settings of the Elasticsearch and OpenSearch sink. */
export const elasticsearchConfig = z
  .strictObject({
    endpoints: z
      .array(z.url({ protocol: /^https?$/ }))
      .min(1)
      .describe('Base addresses, `https://es:9200`; several are used in turn.'),
    index: z
      .string()
      .regex(
        /^[^\s"*\\<|,>/?#:A-Z_+-][^\s"*\\<|,>/?#:A-Z]*$/,
        'expected the name of an index or data stream: lower case, none of " * \\ < | , > / ? # :',
      )
      .describe('Index or data stream.'),
    apiKey: z.string().min(1).optional().meta({ secret: true }).describe('API key in base64, as Elasticsearch gives it (`encoded`).'),
    user: z.string().min(1).optional().describe('User of basic authentication.'),
    password: z.string().min(1).optional().meta({ secret: true }).describe('Its password.'),
    pipeline: z.string().min(1).optional().describe('Ingest pipeline.'),
    gzip: z.boolean().default(true).describe('Compress bodies with gzip level 1.'),
    ...httpSettings,
    batchBytes: z
      .number()
      .int()
      .min(1024)
      .default(5_000_000)
      .meta({ unit: 'bytes' })
      .describe('Elastic advises a few MB per bulk request.'),
    batchRecords: z.number().int().min(1).default(5000).describe('Documents per request.'),
    batchMs: z.number().min(1).default(1000).meta({ unit: 'ms' }).describe('A partly filled batch is sent after this.'),
    recordBytes: z
      .number()
      .int()
      .min(1024)
      .default(10_000_000)
      .meta({ unit: 'bytes' })
      .describe('Largest document; longer ones have their values cut.'),
    inFlight: z.number().int().min(1).default(4).describe('Requests on the way at once, all shards together.'),
  })
  .refine((c) => (c.user === undefined) === (c.password === undefined), 'user and password belong together')
  .refine((c) => c.apiKey === undefined || c.user === undefined, 'apiKey and user are two ways to sign in; one is enough');

export type ElasticsearchConfig = z.infer<typeof elasticsearchConfig>;
