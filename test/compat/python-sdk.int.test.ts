import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT_KEY, RunningServer } from '../system/running-server.ts';
import { has, kept, must, runClient, sources } from './toolchain.ts';

const PACKAGES = ['aliyun-log-python-sdk==0.9.52', 'zstd'];

describe.skipIf(!has('python3'))('the official Python SDK', () => {
  let server: RunningServer;
  let python: string;

  beforeAll(async () => {
    const venv = kept('python', PACKAGES, (folder) => {
      must('python3', ['-m', 'venv', folder], folder);
      must(join(folder, 'bin', 'pip'), ['install', '-q', '--disable-pip-version-check', ...PACKAGES], folder);
    });
    python = join(venv, 'bin', 'python');
    server = await RunningServer.start();
  }, 400_000);

  afterAll(async () => {
    await server.stop();
  });

  it('manages, puts, pulls, searches and consumes, unmodified', async () => {
    const env = { SLS_ENDPOINT: `http://localhost:${server.slsPort}`, SLS_AK_ID: ROOT_KEY.accessKeyId, SLS_AK_KEY: ROOT_KEY.secret };
    expect(await runClient(python, [join(sources('python'), 'session.py')], env, 200_000)).toEqual({
      project: 'made by the SDK',
      again: 'ProjectAlreadyExist',
      ttl: 3,
      index: ['level', 'size'],
      put: 150,
      shards: [
        [0, 'readwrite'],
        [1, 'readwrite'],
      ],
      pulled: 150,
      distinct: 150,
      plain: 150,
      tags: ['host=h0', 'host=h1', 'host=h2'],
      errors: 30,
      complete: true,
      sql: [
        ['error', '30', '675'],
        ['info', '120', '3000'],
      ],
      topic: 50,
      histogram: 120,
      badQuery: 'ParameterInvalid',
      noLogstore: 'LogStoreNotExist',
      badKey: 'SignatureNotMatch',
      consumed: [150, 150],
      filtered: [30, 30],
      groups: ['all', 'errors-only'],
      checkpoints: expect.any(Number),
    });
  }, 240_000);
});
