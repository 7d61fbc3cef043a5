import { z } from 'zod';

const seconds = (description: string) => z.number().int().min(0).meta({ unit: 's' }).describe(description);
const bytes = (description: string) => z.number().int().min(1).meta({ unit: 'bytes' }).describe(description);
const port = (description: string) => z.number().int().min(0).max(65_535).describe(`${description} 0 takes a free one.`);

const hours = (byDefault: number, description: string) => z.number().min(0).default(byDefault).meta({ unit: 'h' }).describe(description);
const minutes = (byDefault: number, description: string) =>
  z.number().min(0).default(byDefault).meta({ unit: 'min' }).describe(description);
const most = (byDefault: number, description: string) => z.number().int().min(1).default(byDefault).describe(description);

/**
 * Every setting of Sluice: file `sluice.yaml`, overridden by `SLUICE_*` (`config/load.ts` says how names map). Each has a default and a reason.
 * docs/reference/settings.md is printed from it.
 */
export const settingsSchema = z.strictObject({
  dataDir: z.string().default('./data').describe('Folder of everything kept: stream, store, state, keys. One process owns it.'),
  roles: z
    .array(z.enum(['ingest', 'query', 'work', 'console']))
    .default(['ingest', 'query', 'work', 'console'])
    .describe('What this process does.'),
  demo: z.boolean().default(true).describe('Loads the demonstration story on the first start without data.'),
  masterKey: z
    .string()
    .min(32)
    .optional()
    .describe(
      'Opens sealed secrets (32 bytes as 64 hex digits, or any text of at least 32 characters). Made on the first start when not given.',
    ),
  rootAkId: z.string().optional().describe('Access key id of the owner. Made on the first start when not given.'),
  rootAkSecret: z.string().optional().describe('Access key secret of the owner.'),
  adminPassword: z.string().min(8).optional().describe('Password of the console user admin. Made on the first start when not given.'),
  timeZone: z.string().default(Intl.DateTimeFormat().resolvedOptions().timeZone).describe("Time zone of SQL's date functions."),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('What the process prints about itself.'),
  http: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address of console and REST. Anything but loopback needs TLS or insecure.'),
      port: port('Port of console and REST.').default(7800),
      insecure: z.boolean().default(false).describe('Allows plain HTTP on a non-loopback address.'),
      tlsCert: z.string().optional().describe('PEM file of the certificate chain.'),
      tlsKey: z.string().optional().describe('PEM file of the private key.'),
      sessionHours: z.number().positive().default(12).meta({ unit: 'h' }).describe('Life of a sign-in.'),
      maxBodyBytes: bytes('Largest body of a REST call.').default(8 * 1024 * 1024),
      rateLimitPerMinute: z
        .number()
        .int()
        .min(1)
        .default(6000)
        .describe('REST calls a minute of one token or address; more are answered 429. An open console page makes some 60.'),
      signInsPerMinute: z
        .number()
        .int()
        .min(1)
        .default(30)
        .describe('Sign-ins a minute of one address: each costs a tenth of a second of CPU.'),
      lockAfterFailures: z.number().int().min(1).default(10).describe('Wrong passwords in a row after which an account is locked.'),
      lockSec: seconds('How long it stays locked.').default(300),
    })
    .prefault({}),
  sls: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('Address of the SLS wire API.'),
      port: port('Port of the SLS wire API.').default(7810),
      insecure: z.boolean().default(false).describe('Allows plain HTTP on a non-loopback address.'),
      tlsCert: z.string().optional().describe('PEM file of the certificate chain; with it the listener also speaks TLS on the same port.'),
      tlsKey: z.string().optional().describe('PEM file of the private key.'),
      baseEndpoints: z
        .array(z.string())
        .default(['localhost', 'sls.local', 'log.aliyuncs.com'])
        .describe('Hosts behind which a project name may stand (`project.endpoint`).'),
      region: z.string().default('local').describe('Region that projects report.'),
      logTimeWindow: z.string().default('168h,15m').describe('Accepted age and lead of a log time as SLS has it; `off` takes any time.'),
      clockSkewSec: seconds('A request signed further from now is refused.').default(900),
      maxBodyBytes: bytes('Largest raw size of one PutLogs (SLS: 10 MB).').default(10 * 1024 * 1024),
      maxConnections: z.number().int().min(1).default(2000).describe('Open connections; more are refused, so that memory stays bounded.'),
      maxInflightBytes: bytes('Bodies held in memory at once, all connections together; more are answered ServerBusy.').default(
        512 * 1024 ** 2,
      ),
      headersTimeoutSec: seconds('A client must have sent its headers by then.').default(15),
      bodyTimeoutSec: seconds('A client must have sent its body by then; one byte a second is cut off here.').default(60),
      responseTimeoutSec: seconds('A client that stops reading is cut off after this.').default(60),
      idleTimeoutSec: seconds(
        'A connection without a call is closed after this; longer than the 90 s that SDKs keep theirs in a pool.',
      ).default(120),
      minBodyBytesPerSec: bytes(
        'A body that comes slower than this, on average and after its first 5 s, is cut off: with it many slow clients cannot hold all connections.',
      ).default(1024),
      closeGraceSec: seconds('How long calls under way may still take when the process ends.').default(10),
      trackMaxBodyBytes: bytes('Largest body of web tracking, which anyone may call.').default(3 * 1024 * 1024),
      shardWriteBytesPerSec: bytes('Raw bytes per second that one shard is meant for (SLS: 5 MB); more for longer splits it.').default(
        5 * 1024 * 1024,
      ),
      shardWriteQuotaBytesPerSec: bytes(
        'Raw bytes per second that one shard takes, with bursts of one second; more is answered ShardWriteQuotaExceed, on which clients slow down. Not set: no limit, because the disk is shared by shards that are idle.',
      ).optional(),
      autoSplitAfterSec: seconds('How long a shard must be over its rate before it is split, when its logstore allows that.').default(60),
      consumerGroupQuota: z.number().int().min(1).default(30).describe('Consumer groups per logstore (SLS: 30).'),
      pullMaxBytes: bytes('Largest raw size of one PullLogs answer.').default(10 * 1024 * 1024),
    })
    .prefault({}),
  stream: z
    .strictObject({
      url: z.string().optional().describe('`kafka://…` for a cluster; without it lmdb under the data directory.'),
      retentionHours: z
        .number()
        .positive()
        .default(24)
        .meta({ unit: 'h' })
        .describe('How long the stream keeps groups that every step has passed; older cursors are answered from the store.'),
      retentionBytes: bytes('Most stored bytes the stream keeps, all shards together.').default(10 * 1024 ** 3),
      mapBytes: bytes('Address space of the memory map; the file grows as needed.').default(256 * 1024 ** 3),
      reserveBytes: bytes('Free disk space the stream leaves alone: with less, appends are refused, and trimming still works.').default(
        128 * 1024 ** 2,
      ),
      commitWaitMs: z
        .number()
        .min(0)
        .default(2)
        .meta({ unit: 'ms' })
        .describe('How long a group commit gathers appends when the disk is idle.'),
    })
    .prefault({}),
  store: z
    .strictObject({
      url: z
        .string()
        .optional()
        .describe('`http(s)://user:password@host:8123/database` of a ClickHouse server; without it the embedded engine.'),
      port: port('Loopback port of the embedded engine, which speaks the HTTP protocol of ClickHouse (for BI tools; user sluice).').default(
        0,
      ),
      password: z.string().min(12).optional().describe('Password of the embedded engine. Made at each start when not given.'),
      backgroundThreads: most(4, 'Merges of the embedded engine at once; the default of a server (16) is meant for a machine of its own.'),
      maxDelayMs: z
        .number()
        .min(50)
        .default(10_000)
        .meta({ unit: 'ms' })
        .describe('A quiet logstore is flushed at the latest after this; a query flushes its logstores first.'),
      quietDelayMs: z
        .number()
        .min(50)
        .default(30_000)
        .meta({ unit: 'ms' })
        .describe(
          'The same for a logstore with few pending logs and no standardization rule: nobody waits for them, a query flushes first, and an insert costs 12–19 ms of CPU however small it is.',
        ),
      targetDelayMs: z.number().min(10).default(500).meta({ unit: 'ms' }).describe('Delay the indexer aims at when there is budget.'),
      insertsPerSec: z
        .number()
        .positive()
        .default(12)
        .describe('Budget of inserts over all logstores: one costs 12–19 ms of CPU however small it is.'),
      batchBytes: bytes('Raw bytes at which a batch is flushed at once.').default(24 * 1024 * 1024),
      maxServerMemoryBytes: bytes(
        'Memory the embedded engine may take in all: it refuses a query (error 241) instead of being killed.',
      ).default(4 * 1024 ** 3),
      queryMaxSec: z.number().positive().default(55).meta({ unit: 's' }).describe('Time limit of a query of a person (SLS: 55 s).'),
      queryMaxMemoryBytes: bytes('Memory limit of one query.').default(2 * 1024 ** 3),
      queryMaxRowsToRead: z.number().int().positive().default(2_000_000_000).describe('Rows one query may read.'),
      queryMaxRows: z
        .number()
        .int()
        .positive()
        .default(1_000_000)
        .describe('Rows that one SQL answer may hold (SLS: 1,000,000): more would fill the memory of whoever asks.'),
      sessions: z
        .strictObject({
          insert: z.number().int().min(1).default(2),
          background: z.number().int().min(1).default(2),
          people: z.number().int().min(1).default(4),
          control: z.number().int().min(1).default(1),
        })
        .prefault({})
        .describe('Engine sessions per lane: one runs its queries one after another.'),
      flushWaitMs: z
        .number()
        .min(0)
        .default(2000)
        .meta({ unit: 'ms' })
        .describe('How long a query waits for what its logstores still have pending.'),
      readBackRows: z
        .number()
        .int()
        .min(1000)
        .default(100_000)
        .describe('Rows that a pull older than the stream reads at a time: a read costs some 14 ms however few they are.'),
      readBackCacheBytes: bytes('Groups read back that are kept for the next pulls, all consumers together.').default(128 * 1024 ** 2),
    })
    .prefault({}),
  pipeline: z
    .strictObject({
      rangeGroups: z
        .number()
        .int()
        .min(1)
        .default(10_000)
        .describe('Groups of logs of one shard that a step does at a time at most: a range is done again as a whole when it fails.'),
      rangeBytes: bytes('The same in stored bytes: some 100,000 logs, which make one insert or two.').default(16 * 1024 ** 2),
      receiptDays: z
        .number()
        .positive()
        .default(30)
        .meta({ unit: 'days' })
        .describe('How long receipts of ranges are kept; that a step has done a log is known for ever.'),
      standardizeDelayMs: z
        .number()
        .min(50)
        .default(1000)
        .meta({ unit: 'ms' })
        .describe(
          'Logs gather this long before they are standardized: planning the statement of a rule costs 30 to 90 ms of CPU however few there are.',
        ),
    })
    .prefault({}),
  state: z
    .strictObject({ url: z.string().optional().describe('`postgres://…`; without it SQLite under the data directory.') })
    .prefault({}),
  standardize: z
    .strictObject({
      retentionDays: z
        .number()
        .int()
        .min(1)
        .max(3650)
        .default(180)
        .meta({ unit: 'days' })
        .describe(
          'Standardized events are kept this long after receipt (3650: for ever); 180 days is what log-audit rules usually ask for.',
        ),
      statementMaxSec: z
        .number()
        .positive()
        .default(120)
        .meta({ unit: 's' })
        .describe('Time limit of one INSERT … SELECT: a batch of 100,000 logs takes under a second, so only a runaway rule meets it.'),
      statementMaxMemoryBytes: bytes('Memory limit of one INSERT … SELECT.').default(1024 ** 3),
      refreshMs: z
        .number()
        .min(0)
        .default(5000)
        .meta({ unit: 'ms' })
        .describe('How long a change of rules or policies on another node may stay unseen.'),
    })
    .prefault({}),
  detect: z
    .strictObject({
      batchMs: z
        .number()
        .min(50)
        .default(1000)
        .meta({ unit: 'ms' })
        .describe('Rows gather this long before rules run: a batch costs some 110 ms however small.'),
      latenessSec: seconds('How long after a window ends its data may still arrive; absent-event rules wait for it.').default(900),
      chunkRules: z
        .number()
        .int()
        .min(1)
        .default(250)
        .describe('Rules confirmed in one statement: an array of 3,000 conditions over 100,000 rows takes 1 GB, 250 take 150 MB.'),
      evidence: z.number().int().min(1).max(1000).default(20).describe('Logs a correlation names as its evidence; it counts all of them.'),
      statementMaxSec: z
        .number()
        .positive()
        .default(60)
        .meta({ unit: 's' })
        .describe('Time limit of one statement: 250 rules over 100,000 rows take a tenth of a second, so only a runaway rule meets it.'),
      statementMaxMemoryBytes: bytes('Memory limit of one statement.').default(1024 ** 3),
      refreshMs: z
        .number()
        .min(0)
        .default(5000)
        .meta({ unit: 'ms' })
        .describe('How long a change of rules on another node may stay unseen.'),
    })
    .prefault({}),
  alerts: z
    .strictObject({
      retentionDays: z
        .number()
        .int()
        .min(1)
        .default(180)
        .meta({ unit: 'days' })
        .describe('Alerts, and security events that are closed, are kept this long after their last evidence.'),
      hitMemoryDays: z
        .number()
        .int()
        .min(1)
        .default(30)
        .meta({ unit: 'days' })
        .describe('A hit that comes again within this is known and changes nothing; of older alerts no further hits are taken.'),
      evidence: z.number().int().min(1).default(20).describe('Logs of evidence kept per alert, the oldest; all are counted.'),
      entities: z
        .number()
        .int()
        .min(8)
        .default(60)
        .describe('Entities kept per alert, the first seen; one that names thousands (a scan) would cost too much to look through.'),
      batchHits: z
        .number()
        .int()
        .min(1)
        .default(250)
        .describe(
          'Hits taken in one transaction: SQLite runs one writer at a time, and a hit that raises an alert costs it half a millisecond.',
        ),
    })
    .prefault({}),
  events: z
    .strictObject({
      gapHours: z
        .strictObject({
          key: hours(24, 'An access key or session: whoever has it keeps it.'),
          hash: hours(72, 'A file by its hash: the same program.'),
          user: hours(2, 'An account; longer would join people at their daily work.'),
          host: hours(1.5, 'A machine.'),
          ip: hours(3, 'An address from outside: it changes its owner within hours.'),
          ipInternal: hours(0.5, 'An address from inside: reused, and everybody speaks with servers.'),
          domain: hours(12, 'A domain that was asked for.'),
          resource: hours(0, 'A cloud resource: by itself everybody uses it; in pairs it counts.'),
          userIp: hours(48, 'An account from one address.'),
          hostUser: hours(48, 'An account on one machine.'),
          keyIp: hours(72, 'A key from one address.'),
          ipResource: hours(24, 'An address at one resource.'),
          userResource: hours(24, 'An account at one resource.'),
          ipHost: hours(24, 'An address at one machine.'),
        })
        .prefault({})
        .describe(
          'Alerts that name the same thing, or the same two, belong together when no more event time than this lies between them; 0: they never do by this alone.',
        ),
      hubPrincipals: z
        .strictObject({
          ip: most(15, 'An address from outside.'),
          ipInternal: most(15, 'An address from inside.'),
          resource: most(30, 'A cloud resource.'),
          key: most(20, 'An access key.'),
          host: most(30, 'A machine.'),
          user: most(25, 'An account.'),
          domain: most(30, 'A domain.'),
        })
        .prefault({})
        .describe(
          'Something that alerts about more different main entities named on the seven days before links nothing by itself (a proxy, a bastion, a robot); pairs with it still do.',
        ),
      hubSameDayFactor: z
        .number()
        .min(1)
        .default(4)
        .describe(
          'The same at once, the current day included, at so many times the figure: an attacker who touches twenty hosts in an hour is no proxy yet.',
        ),
      neverLink: z
        .array(z.string())
        .default([])
        .describe('Values that never link alone: own NAT, proxy and back-to-origin addresses, scanners, shared service accounts.'),
      commonUsers: z
        .array(z.string())
        .default([
          'root',
          'admin',
          'administrator',
          'system',
          'nobody',
          'www',
          'www-data',
          'ubuntu',
          'ec2-user',
          'anonymous',
          'guest',
          'app',
        ])
        .describe('Account names that mean somebody else on every machine: they link only together with a host, address or resource.'),
      entitiesPerType: most(
        8,
        'An alert that names more of one type links by none of them alone (a scan over all users is not about each of them).',
      ),
      maxAlerts: most(
        500,
        'Most alerts of one security event; a larger one is made again with half the time between alerts until it fits.',
      ),
      maxPrincipals: most(50, 'The same for different main entities.'),
      maxDays: most(14, 'The same for days from its first alert to its last.'),
      promoteRisk: z
        .number()
        .min(0)
        .max(100)
        .default(40)
        .describe('Risk from which alerts that belong together are shown as a security event.'),
      reopenDays: z
        .number()
        .min(0)
        .default(7)
        .meta({ unit: 'days' })
        .describe('A new alert opens a closed event again when it comes within this of its last one, unless the event was found harmless.'),
      respondMinutes: z
        .strictObject({
          critical: minutes(60, 'Somebody is in.'),
          high: minutes(240, 'Half a shift.'),
          medium: minutes(1440, 'The next working day.'),
          low: minutes(0, 'None: looked at when there is time.'),
          info: minutes(0, 'None.'),
        })
        .prefault({})
        .describe('Time to respond, from the moment an event was raised; 0: no deadline.'),
    })
    .prefault({}),
  limits: z
    .strictObject({
      projects: z.number().int().positive().default(50).describe('Projects (SLS: 50).'),
      logstoresPerProject: z.number().int().positive().default(1000).describe('Logstores of a project (SLS: 200).'),
      shardsPerLogstore: z.number().int().positive().default(100).describe('Shards at creation (SLS: 100).'),
    })
    .prefault({}),
});

export type Settings = z.infer<typeof settingsSchema>;
