import { z } from 'zod';
import { httpSettings } from '../http-receiver.ts';

/** Settings of the object storage sink: S3 and what speaks its protocol (OSS, COS, OBS, MinIO, Ceph). */
export const objectStorageConfig = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).describe('`https://s3.eu-central-1.amazonaws.com`, `https://oss-cn-hangzhou.aliyuncs.com`.'),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'expected the name of a bucket')
    .describe('Must be there.'),
  prefix: z
    .string()
    .regex(/^([A-Za-z0-9!_.*'()=-]+\/)*$/, 'expected names with a / behind each')
    .default('')
    .describe('Stands in front of every key: `sluice/`.'),
  region: z.string().min(1).default('us-east-1').describe('Region that requests are signed for.'),
  pathStyle: z.boolean().default(true).describe('The bucket stands in the path; false: in the host name, as OSS and COS want it.'),
  accessKeyId: z.string().min(1).meta({ secret: true }).describe('Access key.'),
  secretAccessKey: z.string().min(1).meta({ secret: true }).describe('Its secret.'),
  sessionToken: z.string().min(1).optional().meta({ secret: true }).describe('Token of temporary credentials.'),
  compression: z
    .enum(['gzip', 'zstd', 'none'])
    .default('gzip')
    .describe('How objects are compressed: `.ndjson.gz`, `.ndjson.zst`, `.ndjson`.'),
  ...httpSettings,
  batchBytes: z
    .number()
    .int()
    .min(1024)
    .max(1024 * 1024 * 1024)
    .default(16_000_000)
    .meta({ unit: 'bytes' })
    .describe('Size of an object before compression. A batch is held in memory for each shard.'),
  batchRecords: z.number().int().min(1).default(1_000_000).describe('Logs per object.'),
  batchMs: z
    .number()
    .min(1)
    .default(60_000)
    .meta({ unit: 'ms' })
    .describe('A partly filled object is written after this: shorter makes many small objects.'),
  recordBytes: z
    .number()
    .int()
    .min(1024)
    .default(10_000_000)
    .meta({ unit: 'bytes' })
    .describe('Largest log; longer ones have their values cut.'),
  inFlight: z.number().int().min(1).default(4).describe('Objects on the way at once, all shards together.'),
});

export type ObjectStorageConfig = z.infer<typeof objectStorageConfig>;
