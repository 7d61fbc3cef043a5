import { spawnSync } from 'node:child_process';
import { Agent } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GroupBuilder } from '../../src/core/group-builder.ts';
import { ROOT_KEY, RunningServer } from '../system/running-server.ts';
import { has, kept, must } from './toolchain.ts';

const CLI = ['aliyun-log-cli==0.2.10', 'zstd'];
const OLD_SDK = ['aliyun-sdk@1.12.10'];

type Call = (
  params: object,
  done: (error: { code: unknown; errorCode?: string } | null, data: { body: unknown; headers?: Record<string, string> }) => void,
) => void;

describe('other official clients', () => {
  let server: RunningServer;
  const project = 'compat-other';

  beforeAll(async () => {
    server = await RunningServer.start();
    await server.makeLogstore(project, 'app', { level: 'text', n: 'long' });
    const builder = new GroupBuilder();
    const client = server.wire(project);
    for (let batch = 0; batch < 5; batch++) {
      builder.begin();
      for (let n = 0; n < 50; n++) {
        builder.beginLog(Math.floor(Date.now() / 1000));
        builder.field('level', n % 5 === 0 ? 'error' : 'info');
        builder.field('n', String(batch * 50 + n));
        builder.endLog();
      }
      const raw = builder.finish();
      await client.putLogs('app', { bytes: raw, codec: 'none', rawBytes: raw.length }, server.ctx);
    }
    await client.close();
  }, 120_000);

  afterAll(async () => {
    await server.stop();
  });

  it.skipIf(!has('python3'))(
    'the command aliyunlog reads all logs of a search',
    () => {
      const venv = kept('cli', CLI, (folder) => {
        must('python3', ['-m', 'venv', folder], folder);
        must(join(folder, 'bin', 'pip'), ['install', '-q', '--disable-pip-version-check', ...CLI], folder);
      });
      const run = (args: readonly string[]) => {
        const all = [
          ...args,
          '--region-endpoint=http://localhost',
          `--access-id=${ROOT_KEY.accessKeyId}`,
          `--access-key=${ROOT_KEY.secret}`,
        ];
        const env = { PATH: process.env['PATH'] ?? '', HOME: server.dataDir, http_proxy: server.endpoint };
        return spawnSync(join(venv, 'bin', 'aliyunlog'), all, { env, encoding: 'utf8', timeout: 120_000 });
      };
      const query = (text: string) =>
        run([
          'log',
          'get_log_all',
          `--project=${project}`,
          '--logstore=app',
          `--query=${text}`,
          `--from_time=${new Date(Date.now() - 3_600_000).toISOString()}`,
          `--to_time=${new Date(Date.now() + 3_600_000).toISOString()}`,
        ]);
      const found = query('level: info');
      expect(found.stderr).not.toContain('Traceback');
      // A line is a page of a hundred.
      const logs = found.stdout
        .trim()
        .split('\n')
        .flatMap((line) => JSON.parse(line) as Record<string, string>[]);
      expect(new Set(logs.map(({ n }) => n)).size).toBe(200);
      const missing = run(['log', 'get_logstore', `--project_name=${project}`, '--logstore_name=nope']);
      expect([missing.status, missing.stdout + missing.stderr]).toEqual([3, expect.stringContaining('LogStoreNotExist')]);
    },
    300_000,
  );

  it('the older Node SDK (aliyun-sdk) puts deflate bodies, pulls uncompressed ones, searches', async () => {
    const folder = kept('aliyun-sdk', OLD_SDK, (into) => {
      must('npm', ['init', '-y'], into);
      must('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...OLD_SDK], into);
    });
    const ALY = createRequire(join(folder, 'package.json'))('aliyun-sdk') as { SLS: new (config: object) => Record<string, Call> };
    const agent = new Agent({
      lookup: (_host, settings, done) => {
        if (settings.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
        else done(null, '127.0.0.1', 4);
      },
    });
    const sls = new ALY.SLS({
      accessKeyId: ROOT_KEY.accessKeyId,
      secretAccessKey: ROOT_KEY.secret,
      endpoint: 'http://localhost',
      apiVersion: '2015-06-01',
      httpOptions: { agent, port: server.slsPort },
    });
    const call = async (name: string, params: object): Promise<{ body: unknown; headers?: Record<string, string> }> =>
      await new Promise((resolve, reject) => {
        sls[name]!(params, (error, data) =>
          error === null ? resolve(data) : reject(Object.assign(new Error(String(error.errorCode ?? error.code)), error)),
        );
      });
    const at = { projectName: project, logStoreName: 'app' };
    const nowSec = Math.floor(Date.now() / 1000);
    const logs = Array.from({ length: 10 }, (_, n) => ({
      time: nowSec,
      contents: [
        { key: 'level', value: 'warning' },
        { key: 'n', value: String(1000 + n) },
      ],
    }));
    await call('putLogs', { ...at, logGroup: { logs, topic: 'old', source: '10.0.0.6' } });
    const found = await call('getLogs', {
      ...at,
      from: nowSec - 600,
      to: nowSec + 600,
      query: 'level: warning',
      line: 100,
      offset: 0,
      reverse: false,
    });
    expect(Object.keys(found.body as object).length).toBe(10);
    const cursor = ((await call('getCursor', { ...at, ShardId: 0, FromTime: nowSec - 600 })).body as { cursor: string }).cursor;
    const page = await call('batchGetLogs', { ...at, ShardId: 0, cursor, count: 100 });
    const { logGroupList } = page.body as { logGroupList: { topic: string; logs: unknown[] }[] };
    expect(logGroupList.filter(({ topic }) => topic === 'old').map(({ logs: pulled }) => pulled.length)).toEqual([10]);
    await expect(call('getLogs', { ...at, logStoreName: 'nope', from: nowSec, to: nowSec + 1 })).rejects.toMatchObject({
      errorCode: 'LogStoreNotExist',
    });
  }, 120_000);
});
