import type { z } from 'zod';
import { elasticsearchConfig } from './elasticsearch/config.ts';
import { kafkaConfig } from './kafka/config.ts';
import { objectStorageConfig } from './object-storage/config.ts';
import { otlpConfig } from './otlp/config.ts';
import { optionsOf, variableOfOption } from './sink-address.ts';
import { SINK_KINDS } from './sink-kinds.ts';
import { splunkHecConfig } from './splunk-hec/config.ts';
import { syslogConfig } from './syslog/config.ts';
import { webhookConfig } from './webhook/config.ts';

/** The settings of each kind, and which of them its address gives. */
const PARTS: Readonly<
  Record<keyof typeof SINK_KINDS, { readonly title: string; readonly schema: z.ZodType; readonly given: readonly string[] }>
> = {
  'splunk-hec': { title: 'Splunk HTTP Event Collector', schema: splunkHecConfig, given: ['endpoints'] },
  syslog: { title: 'Syslog, CEF, LEEF', schema: syslogConfig, given: ['transport', 'host', 'port'] },
  elasticsearch: { title: 'Elasticsearch, OpenSearch', schema: elasticsearchConfig, given: ['endpoints', 'index'] },
  'object-storage': { title: 'Object storage: S3 and compatible', schema: objectStorageConfig, given: ['endpoint', 'bucket', 'prefix'] },
  kafka: { title: 'Kafka', schema: kafkaConfig, given: ['brokers', 'topic', 'tls'] },
  otlp: { title: 'OpenTelemetry (OTLP)', schema: otlpConfig, given: ['url'] },
  webhook: { title: 'Webhook', schema: webhookConfig, given: ['url'] },
};

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** docs/reference/receivers.md. */
export function receiversPage(): string {
  const lines = [
    '# Receivers of `sluice ship`',
    '',
    'Made by `npm run docs` from `src/sinks`. How to use them: [../operate/ship.md](../operate/ship.md). An option is a `?name=value` of the address or its variable; the address wins.',
    'A secret is taken from its variable, or from the file that the variable with `_FILE` behind it names, never from the address. An unknown option is an error.',
    'Lists are written with commas, maps as `a:b,c:d`.',
    '',
  ];
  for (const [kind, { title, schema, given }] of Object.entries(PARTS)) {
    const { schemes, example } = SINK_KINDS[kind]!;
    lines.push(`## ${title}`, '', `\`${example}\` (${schemes.map((scheme) => `\`${scheme}\``).join(', ')})`, '');
    lines.push('| option | variable | values | default | |', '|---|---|---|---|---|');
    for (const [name, option] of optionsOf(schema)) {
      if (given.includes(name)) continue;
      const type = option.type === 'array' ? 'list' : option.type === 'object' ? 'map' : String(option.type ?? 'string');
      const words = (option.enum ?? []).map((word) => `\`${String(word)}\``).join(' ');
      const bounds = option.minimum === undefined ? '' : `≥ ${option.minimum}`;
      const values = [words === '' ? type : words, bounds, option.unit ?? ''].filter((part) => part !== '').join(', ');
      const byDefault = option.default === undefined ? '' : JSON.stringify(option.default);
      const note = option.secret === true ? ' Secret.' : '';
      lines.push(
        `| \`${name}\` | \`${variableOfOption(name)}\` | ${cell(values)} | ${byDefault === '' ? '' : `\`${cell(byDefault)}\``} | ${cell(option.description ?? '')}${note} |`,
      );
    }
    lines.push('');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
