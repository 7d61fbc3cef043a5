import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { quietContext } from '../../core/context.ts';
import { systemClock } from '../../core/clock.ts';
import { onFreePorts, PortTaken, saysPortTaken } from '../../../test/receivers/free-ports.ts';
import { cacheDir } from '../../../test/receivers/syslog-servers.ts';
import { sinkContract } from '../sink.contract.ts';
import { objectStorageConfig } from './config.ts';
import { ObjectStorage } from './object-storage.ts';

const GATEWAY = join(cacheDir, 'versitygw-1.8.0', 'versitygw');
const BUCKET = 'siem-archive';
const KEY = { accessKeyId: 'AKTEST', secretAccessKey: 'SKTESTSECRET' };

const open = (port: number, more: Record<string, unknown> = {}): ObjectStorage =>
  new ObjectStorage(
    objectStorageConfig.parse({
      endpoint: `http://127.0.0.1:${port}`,
      bucket: BUCKET,
      prefix: "it's (a) prefix!/".replaceAll(' ', '_'),
      ...KEY,
      batchBytes: 20_000,
      ...more,
    }),
    { project: 'secure', logstore: 'waf' },
  );

interface Gateway {
  readonly port: number;
  readonly files: string;
  readonly stop: () => Promise<void>;
}

/** versitygw over a folder: an S3 service that is not ours, with its own check of Signature Version 4. */
async function startGateway(): Promise<Gateway> {
  return await onFreePorts(1, ([port]) => gateway(port!));
}

async function gateway(port: number): Promise<Gateway> {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-s3-'));
  const files = join(dir, 'data');
  mkdirSync(files);
  mkdirSync(join(dir, 'iam'));
  const child: ChildProcess = spawn(
    GATEWAY,
    ['--port', `127.0.0.1:${port}`, '--region', 'us-east-1', '--iam-dir', join(dir, 'iam'), 'posix', files],
    { env: { ROOT_ACCESS_KEY: KEY.accessKeyId, ROOT_SECRET_KEY: KEY.secretAccessKey }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-20_000)));
  const accepts = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  for (let attempt = 0; !(await accepts()); attempt++) {
    if (attempt > 200 || child.exitCode !== null) {
      const message = `versitygw did not start (exit ${child.exitCode}): ${output}`;
      child.kill('SIGKILL');
      throw saysPortTaken(output) ? new PortTaken(message) : new Error(message);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const client = new S3Client({ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1', forcePathStyle: true, credentials: { ...KEY } });
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  client.destroy();
  return {
    port,
    files: join(files, BUCKET),
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const objectsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ndjson.gz'));

describe.skipIf(!existsSync(GATEWAY))('a real S3 service', () => {
  sinkContract(
    'object storage on versitygw',
    async () => {
      const { port, files, stop } = await startGateway();
      return {
        port,
        stop,
        open: (at) => open(at),
        openWithWrongSecret: (at) => open(at, { secretAccessKey: 'wrong' }),
        ids: () =>
          Promise.resolve(
            objectsIn(files).flatMap((name) =>
              gunzipSync(readFileSync(join(files, name)))
                .toString('utf8')
                .split('\n')
                .filter((line) => line !== '')
                .map((line) => (JSON.parse(line) as { id: string }).id),
            ),
          ),
        clear: () => {
          for (const name of readdirSync(files)) rmSync(join(files, name), { recursive: true });
          return Promise.resolve();
        },
      };
    },
    { repeats: false, seeds: [1, 2] },
  );

  it('names what is wrong as that service says it', async () => {
    const gateway = await startGateway();
    const ctx = quietContext(systemClock);
    const wrong = async (more: Record<string, unknown>): Promise<string> => {
      const sink = open(gateway.port, more);
      const step = (await sink.check(true, ctx)).at(-1)!;
      await sink.close();
      return `${step.stage} ${step.ok}: ${step.detail}`;
    };
    expect(await wrong({})).toMatch(/^test event true: wrote /);
    expect(await wrong({ accessKeyId: 'AKNOBODY' })).toMatch(/^permission false: .*InvalidAccessKeyId/);
    expect(await wrong({ secretAccessKey: 'wrong' })).toMatch(/^permission false: .*SignatureDoesNotMatch/);
    expect(await wrong({ region: 'eu-west-1' })).toMatch(/^permission false: .*AuthorizationHeaderMalformed/);
    expect(await wrong({ bucket: 'elsewhere' })).toMatch(/^permission false: .*NoSuchBucket/);
    await gateway.stop();
  });
});
