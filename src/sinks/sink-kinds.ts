import type { z } from 'zod';
import { SluiceError } from '../core/errors.ts';
import { nearestName } from '../core/nearest-name.ts';
import type { LogstoreOrigin } from './encode/log-encoder.ts';
import type { Sink } from './sink.ts';
import { hostAndPort, parseSinkAddress, sinkConfig, type SinkAddress } from './sink-address.ts';

interface LoadedKind {
  readonly schema: z.ZodType;
  /** @throws config.invalid */
  openAt(address: SinkAddress, env: Env, origin: LogstoreOrigin): Sink;
}

export interface SinkKind {
  readonly schemes: readonly string[];
  /** An address as people write it. */
  readonly example: string;
  /** Each kind has its own client: only the one that is used is loaded. */
  readonly load: () => Promise<LoadedKind>;
}

type Env = Readonly<Record<string, string | undefined>>;

function kind<C>(
  schema: z.ZodType<C>,
  given: (address: SinkAddress) => Readonly<Record<string, unknown>>,
  open: (config: C, origin: LogstoreOrigin) => Sink,
): LoadedKind {
  return { schema, openAt: (address, env, origin) => open(sinkConfig(schema, given(address), address, env), origin) };
}

/** `hec+https` → `https`; `s3` → '' */
const behindPlus = (scheme: string): string => scheme.split('+')[1] ?? '';

/** Every receiver there is, by the name its folder has. */
export const SINK_KINDS: Readonly<Record<string, SinkKind>> = {
  'splunk-hec': {
    schemes: ['hec+https', 'hec+http'],
    example: 'hec+https://splunk:8088?index=security',
    load: async () => {
      const [{ splunkHecConfig }, { SplunkHec }] = await Promise.all([
        import('./splunk-hec/config.ts'),
        import('./splunk-hec/splunk-hec.ts'),
      ]);
      return kind(
        splunkHecConfig,
        ({ scheme, hosts }) => ({ endpoints: hosts.map((host) => `${behindPlus(scheme)}://${host}`) }),
        (config, origin) => new SplunkHec(config, origin),
      );
    },
  },
  syslog: {
    schemes: ['syslog+tls', 'syslog+tcp', 'syslog+udp'],
    example: 'syslog+tls://siem:6514?format=rfc5424&caFile=ca.pem',
    load: async () => {
      const [{ syslogConfig }, { Syslog }] = await Promise.all([import('./syslog/config.ts'), import('./syslog/syslog.ts')]);
      return kind(
        syslogConfig,
        ({ scheme, hosts }) => {
          const transport = behindPlus(scheme);
          if (hosts.length > 1) throw new SluiceError('config.invalid', 'a syslog receiver is one host', { hosts });
          return { transport, ...hostAndPort(hosts[0], transport === 'tls' ? 6514 : 514) };
        },
        (config, origin) => new Syslog(config, origin),
      );
    },
  },
  webhook: {
    schemes: ['webhook+https', 'webhook+http'],
    example: 'webhook+https://siem/hooks/logs?body=ndjson',
    load: async () => {
      const [{ webhookConfig }, { Webhook }] = await Promise.all([import('./webhook/config.ts'), import('./webhook/webhook.ts')]);
      return kind(
        webhookConfig,
        ({ scheme, hosts, path }) => ({ url: `${behindPlus(scheme)}://${hosts.join(',')}/${path}` }),
        (config, origin) => new Webhook(config, origin),
      );
    },
  },
  elasticsearch: {
    schemes: ['elasticsearch+https', 'elasticsearch+http'],
    example: 'elasticsearch+https://es1:9200,es2:9200/logs-sluice',
    load: async () => {
      const [{ elasticsearchConfig }, { Elasticsearch }] = await Promise.all([
        import('./elasticsearch/config.ts'),
        import('./elasticsearch/elasticsearch.ts'),
      ]);
      return kind(
        elasticsearchConfig,
        ({ scheme, hosts, path }) => ({ endpoints: hosts.map((host) => `${behindPlus(scheme)}://${host}`), index: path }),
        (config, origin) => new Elasticsearch(config, origin),
      );
    },
  },
  'object-storage': {
    schemes: ['s3+https', 's3+http'],
    example: 's3+https://s3.eu-central-1.amazonaws.com/bucket/sluice/?region=eu-central-1',
    load: async () => {
      const [{ objectStorageConfig }, { ObjectStorage }] = await Promise.all([
        import('./object-storage/config.ts'),
        import('./object-storage/object-storage.ts'),
      ]);
      return kind(
        objectStorageConfig,
        ({ scheme, hosts, path }) => {
          const [bucket, ...prefix] = path.split('/');
          const folder = prefix.filter((part) => part !== '').join('/');
          return { endpoint: `${behindPlus(scheme)}://${hosts.join(',')}`, bucket, ...(folder === '' ? {} : { prefix: `${folder}/` }) };
        },
        (config, origin) => new ObjectStorage(config, origin),
      );
    },
  },
  kafka: {
    schemes: ['kafka', 'kafka+tls'],
    example: 'kafka+tls://broker1:9093,broker2:9093/topic?user=sluice',
    load: async () => {
      const [{ kafkaConfig }, { Kafka }] = await Promise.all([import('./kafka/config.ts'), import('./kafka/kafka.ts')]);
      return kind(
        kafkaConfig,
        ({ scheme, hosts, path }) => ({ brokers: hosts, topic: path, tls: scheme === 'kafka+tls' }),
        (config, origin) => new Kafka(config, origin),
      );
    },
  },
  otlp: {
    schemes: ['otlp+https', 'otlp+http'],
    example: 'otlp+https://collector:4318',
    load: async () => {
      const [{ otlpConfig }, { Otlp }] = await Promise.all([import('./otlp/config.ts'), import('./otlp/otlp.ts')]);
      return kind(
        otlpConfig,
        ({ scheme, hosts, path }) => ({ url: `${behindPlus(scheme)}://${hosts.join(',')}/${path === '' ? 'v1/logs' : path}` }),
        (config, origin) => new Otlp(config, origin),
      );
    },
  },
};

/**
 * Opens the receiver an address names, with secrets and further options from `SLUICE_SINK_*`.
 * @throws config.invalid
 */
export async function openSink(text: string, env: Env, origin: LogstoreOrigin): Promise<Sink> {
  const address = parseSinkAddress(text);
  const found = Object.values(SINK_KINDS).find(({ schemes }) => schemes.includes(address.scheme));
  if (found === undefined) {
    const known = Object.values(SINK_KINDS).flatMap(({ schemes }) => schemes);
    const near = nearestName(address.scheme, known);
    throw new SluiceError(
      'config.invalid',
      `${address.scheme}:// is no kind of receiver${near === null ? `, expected one of ${known.join(', ')}` : `; did you mean ${near}?`}`,
      { scheme: address.scheme },
    );
  }
  return (await found.load()).openAt(address, env, origin);
}

/** An address of each kind, for help and errors. */
export function receiverExamples(): readonly string[] {
  return Object.values(SINK_KINDS).map(({ example }) => example);
}
