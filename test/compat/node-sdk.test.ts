import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT_KEY, RunningServer } from '../system/running-server.ts';

interface OfficialClient {
  createProject(name: string, data: object, options: object): Promise<unknown>;
  getProject(name: string, options: object): Promise<Record<string, unknown>>;
  createLogStore(project: string, name: string, data: object, options: object): Promise<unknown>;
  getLogStore(project: string, name: string, options: object): Promise<Record<string, unknown>>;
  createIndex(project: string, name: string, index: object, options: object): Promise<unknown>;
  getIndexConfig(project: string, name: string, options: object): Promise<{ keys: object }>;
  postLogStoreLogs(project: string, name: string, data: object, options: object): Promise<unknown>;
  getLogs(project: string, name: string, from: Date, to: Date, data: object, options: object): Promise<Record<string, string>[]>;
  getHistograms(project: string, name: string, from: Date, to: Date, data: object, options: object): Promise<{ count: number }[]>;
  deleteLogStore(project: string, name: string, options: object): Promise<unknown>;
  deleteProject(project: string, options: object): Promise<unknown>;
}

const require = createRequire(import.meta.url);
const Client = require('@alicloud/log') as new (config: object) => OfficialClient;

/** Project names have no DNS entry here: every host is this machine. */
const options = {
  agent: new Agent({
    lookup: (_host, settings, done) => {
      if (settings.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    },
  }),
  timeout: 20_000,
};

describe('the official Node SDK (@alicloud/log)', () => {
  let server: RunningServer;
  let client: OfficialClient;

  beforeAll(async () => {
    server = await RunningServer.start();
    client = new Client({ accessKeyId: ROOT_KEY.accessKeyId, accessKeySecret: ROOT_KEY.secret, endpoint: `localhost:${server.slsPort}` });
  }, 120_000);

  afterAll(async () => {
    await server.stop();
  });

  it('manages, puts, searches and counts, unmodified', async () => {
    const project = 'compat-node';
    await client.createProject(project, { description: 'made by the SDK' }, options);
    expect(await client.getProject(project, options)).toMatchObject({
      projectName: project,
      description: 'made by the SDK',
      status: 'Normal',
    });
    await expect(client.createProject(project, { description: '' }, options)).rejects.toMatchObject({ code: 'ProjectAlreadyExist' });
    await client.createLogStore(project, 'app', { ttl: 3, shardCount: 2 }, options);
    expect(await client.getLogStore(project, 'app', options)).toMatchObject({ logstoreName: 'app', ttl: 3, shardCount: 2 });
    const index = {
      line: { token: [' ', ','] },
      keys: { level: { type: 'text', token: [' '], doc_value: true }, size: { type: 'long', doc_value: true } },
    };
    await client.createIndex(project, 'app', index, options);
    expect(Object.keys((await client.getIndexConfig(project, 'app', options)).keys)).toEqual(['level', 'size']);
    const nowSec = Math.floor(Date.now() / 1000);
    const logs = Array.from({ length: 40 }, (_, n) => ({
      timestamp: nowSec,
      timestampNsPart: n,
      content: { level: n % 4 === 0 ? 'error' : 'info', size: String(n), msg: `log ${n} 中文` },
    }));
    await client.postLogStoreLogs(project, 'app', { logs, topic: 't1', source: '10.0.0.9', tags: [{ host: 'h1' }] }, options);
    const from = new Date((nowSec - 600) * 1000);
    const to = new Date((nowSec + 600) * 1000);
    const found = await client.getLogs(project, 'app', from, to, { query: 'level: error', line: 100 }, options);
    expect(found).toHaveLength(10);
    expect(found[0]).toMatchObject({ level: 'error', __topic__: 't1', __source__: '10.0.0.9', '__tag__:host': 'h1' });
    const sql = await client.getLogs(
      project,
      'app',
      from,
      to,
      { query: '* | select level, sum(size) as s group by level order by level' },
      options,
    );
    expect(sql.map(({ level, s }) => [level, s])).toEqual([
      ['error', '180'],
      ['info', '600'],
    ]);
    const bars = await client.getHistograms(project, 'app', from, to, { query: '*' }, options);
    expect(bars.reduce((sum, { count }) => sum + count, 0)).toBe(40);
    await expect(client.getLogStore(project, 'nope', options)).rejects.toMatchObject({ code: 'LogStoreNotExist' });
    await client.deleteLogStore(project, 'app', options);
    await client.deleteProject(project, options);
    await expect(client.getProject(project, options)).rejects.toMatchObject({ code: 'ProjectNotExist' });
  }, 60_000);
});
