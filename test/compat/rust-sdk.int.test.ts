import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT_KEY, RunningServer } from '../system/running-server.ts';
import { copyTo, has, kept, must, runClient, sources, textsOf } from './toolchain.ts';

describe.skipIf(!has('cargo'))('the official Rust SDK', () => {
  let server: RunningServer;
  let program: string;

  beforeAll(async () => {
    const folder = kept('rust', textsOf(sources('rust')), (into) => {
      copyTo(sources('rust'), into);
      must('cargo', ['build', '--quiet', '--release'], into);
    });
    program = join(folder, 'target', 'release', 'session');
    server = await RunningServer.start();
  }, 900_000);

  afterAll(async () => {
    await server.stop();
  });

  it('manages, puts, pulls with and without a filter, searches, unmodified', async () => {
    const env = { http_proxy: server.endpoint, SLS_AK_ID: ROOT_KEY.accessKeyId, SLS_AK_KEY: ROOT_KEY.secret };
    expect(await runClient(program, [], env)).toEqual({
      again: 'ProjectAlreadyExist',
      ttl: 3,
      shards: 2,
      pulled: 100,
      filtered: 20,
      errors: 20,
      complete: true,
      sql: [
        ['error', '20'],
        ['info', '80'],
      ],
      noLogstore: 'LogStoreNotExist',
      badQuery: 'ParameterInvalid',
    });
  }, 240_000);
});
