import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT_KEY, RunningServer } from '../system/running-server.ts';
import { copyTo, has, kept, must, runClient, sources, textsOf } from './toolchain.ts';

describe.skipIf(!has('go'))('the official Go SDK', () => {
  let server: RunningServer;
  let program: string;

  beforeAll(async () => {
    const folder = kept('go', textsOf(sources('go')), (into) => {
      copyTo(sources('go'), into);
      must('go', ['mod', 'tidy'], into);
      must('go', ['build', '-o', 'session', '.'], into);
    });
    program = join(folder, 'session');
    server = await RunningServer.start();
  }, 600_000);

  afterAll(async () => {
    await server.stop();
  });

  it('client, producer and consumer, unmodified', async () => {
    const env = {
      SLS_ADDRESS: `127.0.0.1:${server.slsPort}`,
      SLS_PORT: String(server.slsPort),
      SLS_AK_ID: ROOT_KEY.accessKeyId,
      SLS_AK_KEY: ROOT_KEY.secret,
    };
    expect(await runClient(program, [], env, 200_000)).toEqual({
      again: 'ProjectAlreadyExist',
      ttl: 3,
      index: 2,
      shards: 2,
      pulled: 150,
      errors: 30,
      complete: true,
      sql: [
        ['error', '30'],
        ['info', '120'],
      ],
      histogram: 150,
      noLogstore: 'LogStoreNotExist',
      badQuery: 'ParameterInvalid',
      consumed: 30,
      repeated: 0,
      groups: ['go-group'],
    });
  }, 240_000);
});
