import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onFreePorts, PortTaken, saysPortTaken } from './free-ports.ts';
import { cacheDir } from './syslog-servers.ts';

/** Built from test/receivers/otel-collector by scripts/parts.mjs. */
const COLLECTOR = join(cacheDir, 'otel-collector-0.144.0', 'otelcol-parts');
export const hasCollector = existsSync(COLLECTOR);

export interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly kvlistValue?: { readonly values: readonly KeyValue[] } };
}

export interface CollectedLog {
  readonly timeUnixNano?: string;
  readonly severityNumber?: number;
  readonly body?: KeyValue['value'];
  readonly attributes?: readonly KeyValue[];
  /** Of the resource that the log came with. */
  readonly resource: readonly KeyValue[];
}

/** An OpenTelemetry Collector with the Splunk HEC and OTLP receivers, which writes what it understood into a file. */
export interface Collector {
  readonly hecPort: number;
  readonly otlpPort: number;
  logs(): readonly CollectedLog[];
  stop(): Promise<void>;
}

interface Exported {
  readonly resourceLogs?: readonly {
    readonly resource?: { readonly attributes?: readonly KeyValue[] };
    readonly scopeLogs: readonly { readonly logRecords: readonly Omit<CollectedLog, 'resource'>[] }[];
  }[];
}

export async function startCollector(): Promise<Collector> {
  return await onFreePorts(2, ([hecPort, otlpPort]) => collector(hecPort!, otlpPort!));
}

async function collector(hecPort: number, otlpPort: number): Promise<Collector> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-otel-'));
  mkdirSync(dir, { recursive: true });
  const output = join(dir, 'logs.json');
  writeFileSync(
    join(dir, 'config.yaml'),
    `receivers:
  splunk_hec: { endpoint: '127.0.0.1:${hecPort}' }
  otlp: { protocols: { http: { endpoint: '127.0.0.1:${otlpPort}' } } }
exporters:
  file: { path: '${output}', flush_interval: 50ms }
service:
  telemetry: { metrics: { level: none }, logs: { level: error } }
  pipelines: { logs: { receivers: [splunk_hec, otlp], exporters: [file] } }
`,
  );
  const child: ChildProcess = spawn(COLLECTOR, ['--config', join(dir, 'config.yaml')], { stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')));
  for (let attempt = 0; !((await accepts(hecPort)) && (await accepts(otlpPort))); attempt++) {
    if (attempt > 400 || child.exitCode !== null) {
      const message = `the collector did not start (exit ${child.exitCode}): ${errors}`;
      child.kill('SIGKILL');
      throw saysPortTaken(errors) ? new PortTaken(message) : new Error(message);
    }
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return {
    hecPort,
    otlpPort,
    logs: () =>
      (existsSync(output) ? readFileSync(output, 'utf8') : '')
        .split('\n')
        .slice(0, -1)
        .flatMap((line) => (JSON.parse(line) as Exported).resourceLogs ?? [])
        .flatMap(({ resource, scopeLogs }) =>
          scopeLogs.flatMap(({ logRecords }) => logRecords.map((record) => ({ ...record, resource: resource?.attributes ?? [] }))),
        ),
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A field of a log whose body is a list of keys and values. */
export function bodyField(log: CollectedLog, name: string): string | undefined {
  return log.body?.kvlistValue?.values.find(({ key }) => key === name)?.value.stringValue;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
