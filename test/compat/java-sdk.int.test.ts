import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT_KEY, RunningServer } from '../system/running-server.ts';
import { copyTo, has, kept, must, runClient, sources, textsOf } from './toolchain.ts';

/** The Java consumer knows no port and no proxy: it finds the server at port 80 of an address that stands in a hosts file of the JVM. */
const ADDRESS = '127.0.0.77';

describe.skipIf(!has('java') || !has('mvn'))('the official Java clients', () => {
  let server: RunningServer;
  let folder: string;
  let forwarder: Server;

  beforeAll(async () => {
    folder = kept('java', textsOf(sources('java')), (into) => {
      copyTo(sources('java'), into);
      must(
        'mvn',
        ['-q', '-B', 'compile', 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies', '-DoutputDirectory=libs'],
        into,
      );
    });
    server = await RunningServer.start();
    forwarder = createServer((socket) => {
      const on = connect(server.slsPort, '127.0.0.1');
      socket.pipe(on).pipe(socket);
      socket.on('error', () => on.destroy());
      on.on('error', () => socket.destroy());
    });
    forwarder.listen(80, ADDRESS);
    await once(forwarder, 'listening');
    writeFileSync(join(server.dataDir, 'hosts'), `${ADDRESS} compat-java.localhost localhost\n`);
  }, 600_000);

  afterAll(async () => {
    forwarder.close();
    await server.stop();
  });

  it('client, producer and consumer library, unmodified', async () => {
    const env = { SLS_PORT: String(server.slsPort), SLS_AK_ID: ROOT_KEY.accessKeyId, SLS_AK_KEY: ROOT_KEY.secret };
    const args = [
      `-Djdk.net.hosts.file=${join(server.dataDir, 'hosts')}`,
      '-cp',
      `${join(folder, 'target', 'classes')}:${join(folder, 'libs', '*')}`,
      'Session',
    ];
    expect(await runClient('java', args, env, 200_000)).toEqual({
      again: 'ProjectAlreadyExist',
      ttl: 3,
      index: 2,
      delivered: 50,
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
      consumed: 150,
    });
  }, 240_000);
});
