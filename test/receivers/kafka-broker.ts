import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onFreePorts, PortTaken, saysPortTaken } from './free-ports.ts';
import { cacheDir } from './syslog-servers.ts';

const LIBS = join(cacheDir, 'kafka-4.1.1', 'libs');
export const hasKafka = existsSync(LIBS) && spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0;

/** A real broker (KRaft, one node). */
export interface KafkaBroker {
  readonly port: number;
  /** Tells its clients to come to `advertisedPort`: for a proxy in front. */
  readonly proxiedPort: number;
  /** SASL PLAIN and SCRAM-SHA-256, user `logs`, password `s3cret`. */
  readonly saslPort: number;
  stop(): Promise<void>;
}

const JAVA = ['-Xms256m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', join(LIBS, '*')];

export async function startKafka(dir: string, advertisedPort: number): Promise<KafkaBroker> {
  return await onFreePorts(4, (ports) => broker(dir, advertisedPort, ports));
}

async function broker(dir: string, advertisedPort: number, ports: readonly number[]): Promise<KafkaBroker> {
  const home = join(dir, 'kafka');
  rmSync(home, { recursive: true, force: true });
  mkdirSync(join(home, 'data'), { recursive: true });
  const [port, proxiedPort, saslPort, controllerPort] = ports as [number, number, number, number];
  const properties = join(home, 'server.properties');
  const security = 'org.apache.kafka.common.security';
  writeFileSync(
    properties,
    `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},PROXIED://127.0.0.1:${proxiedPort},SASL://127.0.0.1:${saslPort},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port},PROXIED://127.0.0.1:${advertisedPort},SASL://127.0.0.1:${saslPort}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,SASL:SASL_PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256
listener.name.sasl.plain.sasl.jaas.config=${security}.plain.PlainLoginModule required user_logs="s3cret";
listener.name.sasl.scram-sha-256.sasl.jaas.config=${security}.scram.ScramLoginModule required;
log.dirs=${home}/data
auto.create.topics.enable=false
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
message.max.bytes=1048588
`,
  );
  const run = (...args: string[]): string => {
    const done = spawnSync('java', [...JAVA, ...args], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`java ${args[0]} failed: ${done.stderr}${done.stdout}`);
    return done.stdout.trim();
  };
  const scram = 'SCRAM-SHA-256=[name=logs,password=s3cret]';
  run(
    'kafka.tools.StorageTool',
    'format',
    '-t',
    run('kafka.tools.StorageTool', 'random-uuid').split('\n').at(-1)!,
    '--add-scram',
    scram,
    '-c',
    properties,
  );
  const child: ChildProcess = spawn('java', [...JAVA, 'kafka.Kafka', properties], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-20_000)));
  for (let attempt = 0; !(await accepts(saslPort)); attempt++) {
    if (attempt > 600 || child.exitCode !== null) {
      const message = `the broker did not start (exit ${child.exitCode}): ${output}`;
      child.kill('SIGKILL');
      throw saysPortTaken(output) ? new PortTaken(message) : new Error(message);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    port,
    proxiedPort,
    saslPort,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    },
  };
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
