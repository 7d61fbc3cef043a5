import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controlOperations } from './control-operations.ts';
import { opSetup, type OpSetup } from './testing/op-setup.ts';

let setup: OpSetup;
beforeEach(async () => {
  setup = await opSetup(controlOperations);
  await setup.call('POST', '/', { projectName: 'p-1', description: 'first' });
});
afterEach(() => setup.close());

describe('projects', () => {
  it('are made on any host, read back with every member clients insist on, and made only once', async () => {
    expect(
      await setup.call('POST', '/', { projectName: 'p-2', description: null, dataRedundancyType: 'ZRS' }, { project: null }),
    ).toMatchObject({
      status: 200,
      body: undefined,
    });
    const { body } = await setup.call('GET', '/', undefined, { project: 'p-2' });
    expect(body).toEqual({
      projectName: 'p-2',
      status: 'Normal',
      owner: 'root',
      description: '',
      region: 'local',
      createTime: '2024-09-10 09:52:00',
      lastModifyTime: '2024-09-10 09:52:00',
      dataRedundancyType: 'ZRS',
      resourceGroupId: '',
      recycleBinEnabled: false,
      quota: { logstore: 1000, shard: 100_000 },
    });
    expect(await setup.call('POST', '/', { projectName: 'p-2' })).toMatchObject({
      status: 400,
      errorCode: 'ProjectAlreadyExist',
      body: 'Project p-2 already exist',
    });
    expect(await setup.call('POST', '/', { projectName: 'logtail' })).toMatchObject({ errorCode: 'ProjectAlreadyExist' });
    expect(await setup.call('POST', '/', { projectName: 'Bad' })).toMatchObject({ errorCode: 'ParameterInvalid' });
    expect(await setup.call('POST', '/', '{')).toMatchObject({ errorCode: 'ParameterInvalid' });
  });

  it('are listed by page and by part of their name', async () => {
    for (const name of ['web-1', 'web-2', 'db-1']) await setup.call('POST', '/', { projectName: name });
    const list = async (query: string) =>
      (await setup.call('GET', `/?${query}`, undefined, { project: null })).body as Record<string, unknown>;
    expect(await list('projectName=web')).toMatchObject({
      count: 2,
      total: 2,
      projects: [{ projectName: 'web-1' }, { projectName: 'web-2' }],
    });
    expect(await list('offset=1&size=2')).toMatchObject({
      count: 2,
      total: 4,
      projects: [{ projectName: 'p-1' }, { projectName: 'web-1' }],
    });
    expect(await list('offset=&size=&projectName=')).toMatchObject({ count: 4 });
    expect((await list('fetchQuota=true'))['projects']).toMatchObject([{ quota: { logstore: 1000 } }, {}, {}, {}]);
    expect((await list(''))['projects']).not.toMatchObject([{ quota: {} }]);
    expect(await setup.call('GET', '/?size=-1', undefined, { project: null })).toMatchObject({ errorCode: 'ParameterInvalid' });
  });

  it('are changed and deleted', async () => {
    expect(await setup.call('PUT', '/', { description: null })).toMatchObject({ status: 200 });
    expect((await setup.call('GET', '/')).body).toMatchObject({ description: '' });
    expect(await setup.call('PUT', '/', { description: '<x>' })).toMatchObject({
      errorCode: 'ParameterInvalid',
      body: "Invalid project description: '<x>'",
    });
    expect(await setup.call('DELETE', '/', { projectName: 'p-1' })).toMatchObject({ status: 200 });
    expect(await setup.call('GET', '/')).toMatchObject({
      status: 404,
      errorCode: 'ProjectNotExist',
      body: 'The Project does not exist : p-1',
    });
    expect(await setup.call('DELETE', '/')).toMatchObject({ status: 404 });
  });

  it('have a policy of their own: empty until set, in force at once', async () => {
    expect((await setup.call('GET', '/policy')).body).toBeUndefined();
    const document = JSON.stringify({
      Version: '1',
      Statement: [{ Effect: 'Deny', Action: ['log:ListLogStores'], Resource: ['acs:log:*:*:project/p-1/*'] }],
    });
    expect(await setup.call('POST', '/policy', document)).toMatchObject({ status: 200 });
    expect((await setup.call('GET', '/policy')).body).toBe(document);
    await setup.access.createUser('ann', '', setup.ctx);
    await setup.access.attach('ann', 'AliyunLogFullAccess', setup.ctx);
    const ann = { accessKeyId: 'K', owner: 'ann', root: false, policies: ['AliyunLogFullAccess'] };
    expect(await setup.call('GET', '/logstores', undefined, { caller: ann })).toMatchObject({ status: 401, errorCode: 'Unauthorized' });
    await setup.call('DELETE', '/policy');
    expect(await setup.call('GET', '/logstores', undefined, { caller: ann })).toMatchObject({ status: 200 });
    expect(await setup.call('POST', '/policy', '{"Version":"2"}')).toMatchObject({ status: 400, errorCode: 'ParameterInvalid' });
  });

  it('can only be made by whoever may make that one', async () => {
    await setup.access.createUser('bob', '', setup.ctx);
    await setup.access.putPolicy(
      'only-x',
      '',
      JSON.stringify({ Version: '1', Statement: [{ Effect: 'Allow', Action: 'log:*', Resource: 'acs:log:*:*:project/x-*' }] }),
      setup.ctx,
    );
    await setup.access.attach('bob', 'only-x', setup.ctx);
    const bob = { accessKeyId: 'K', owner: 'bob', root: false, policies: ['only-x'] };
    expect(await setup.call('POST', '/', { projectName: 'x-1' }, { caller: bob })).toMatchObject({ status: 200 });
    expect(await setup.call('POST', '/', { projectName: 'y-1' }, { caller: bob })).toMatchObject({
      status: 401,
      errorCode: 'Unauthorized',
    });
  });
});

describe('logstores', () => {
  const spec = { logstoreName: 'app', ttl: 30, shardCount: 2 };

  it('are made with what was asked, and read back with every member clients insist on', async () => {
    expect(
      await setup.call('POST', '/logstores', {
        ...spec,
        enable_tracking: true,
        appendMeta: true,
        autoSplit: true,
        maxSplitShard: 8,
        telemetryType: '',
      }),
    ).toMatchObject({ status: 200, body: undefined });
    const sec = Math.floor(setup.clock.nowMs() / 1000);
    expect((await setup.call('GET', '/logstores/app')).body).toEqual({
      logstoreName: 'app',
      ttl: 30,
      shardCount: 2,
      enable_tracking: true,
      appendMeta: true,
      autoSplit: true,
      maxSplitShard: 8,
      telemetryType: '',
      mode: 'standard',
      createTime: sec,
      lastModifyTime: sec,
      hot_ttl: -1,
      infrequentAccessTTL: -1,
      productType: '',
    });
    expect(await setup.call('POST', '/logstores', spec)).toMatchObject({
      status: 400,
      errorCode: 'LogStoreAlreadyExist',
      body: 'logstore app already exists',
    });
  });

  it('take what SDKs send for nothing: null, 0, empty', async () => {
    expect(
      await setup.call('POST', '/logstores', { ...spec, autoSplit: false, maxSplitShard: 0, hot_ttl: -1, mode: null, encrypt_conf: null }),
    ).toMatchObject({ status: 200 });
    expect((await setup.call('GET', '/logstores/app')).body).toMatchObject({ maxSplitShard: 64, mode: 'standard', hot_ttl: -1 });
  });

  it('are refused by name where something is out of its range', async () => {
    const refused = async (change: object) =>
      (await setup.call('POST', '/logstores', { ...spec, ...change })) as { errorCode: string; body: string };
    expect(await refused({ logstoreName: 'A b' })).toMatchObject({
      errorCode: 'LogStoreInfoInvalid',
      body: 'logstore name A b is invalid',
    });
    expect(await refused({ autoSplit: true, maxSplitShard: 257 })).toMatchObject({
      errorCode: 'LogStoreInfoInvalid',
      body: expect.stringContaining('maxSplitShard must be within range [1, 256]') as string,
    });
    for (const change of [
      { ttl: 0 },
      { ttl: 3651 },
      { ttl: undefined },
      { shardCount: 101 },
      { mode: 'odd' },
      { hot_ttl: 31 },
      { infrequentAccessTTL: 29 },
      { ttl: 100, hot_ttl: 10, infrequentAccessTTL: 40 },
    ])
      expect(await refused(change)).toMatchObject({ errorCode: 'LogStoreInfoInvalid' });
  });

  it('are changed, except for their number of shards, and -1 keeps a storage class', async () => {
    await setup.call('POST', '/logstores', { ...spec, ttl: 180, hot_ttl: 30, infrequentAccessTTL: 60 });
    expect(await setup.call('PUT', '/logstores/app', { ...spec, ttl: 150, shardCount: 9, hot_ttl: -1, appendMeta: true })).toMatchObject({
      status: 200,
    });
    expect((await setup.call('GET', '/logstores/app')).body).toMatchObject({
      ttl: 150,
      shardCount: 2,
      appendMeta: true,
      hot_ttl: 30,
      infrequentAccessTTL: 60,
    });
    expect(await setup.call('PUT', '/logstores/none', spec)).toMatchObject({
      status: 404,
      errorCode: 'LogStoreNotExist',
      body: 'logstore none does not exist',
    });
  });

  it('are listed by page, part of the name, type and mode, and deleted', async () => {
    for (const name of ['app', 'web-app', 'other']) await setup.call('POST', '/logstores', { ...spec, logstoreName: name });
    await setup.call('POST', '/logstores', { ...spec, logstoreName: 'metrics', telemetryType: 'Metrics' });
    const list = async (query: string) => (await setup.call('GET', `/logstores?${query}`)).body;
    expect(await list('logstoreName=app')).toEqual({ count: 2, total: 2, logstores: ['app', 'web-app'] });
    expect(await list('offset=1&size=1')).toEqual({ count: 1, total: 4, logstores: ['metrics'] });
    expect(await list('telemetryType=Metrics')).toMatchObject({ logstores: ['metrics'] });
    expect(await list('mode=unknown')).toEqual({ count: 0, total: 0, logstores: [] });
    expect(await setup.call('DELETE', '/logstores/app')).toMatchObject({ status: 200 });
    expect(await setup.call('DELETE', '/logstores/app')).toMatchObject({ status: 404, errorCode: 'LogStoreNotExist' });
    expect(await setup.call('GET', '/logstores/app', undefined, { project: 'p-9' })).toMatchObject({ errorCode: 'ProjectNotExist' });
  });

  it('remember how they are billed', async () => {
    await setup.call('POST', '/logstores', spec);
    expect((await setup.call('GET', '/logstores/app/meteringmode')).body).toEqual({ meteringMode: 'ChargeByFunction' });
    await setup.call('PUT', '/logstores/app/meteringmode', { meteringMode: 'ChargeByDataIngest' });
    expect((await setup.call('GET', '/logstores/app/meteringmode')).body).toEqual({ meteringMode: 'ChargeByDataIngest' });
  });
});

describe('indexes', () => {
  const keys = {
    level: { type: 'text', token: [',', ' '], caseSensitive: false, doc_value: true, alias: 'lvl', chn: false },
    latency: { type: 'double', doc_value: true, alias: '' },
    n: { type: 'long', doc_value: false, alias: '' },
    req: {
      type: 'json',
      token: [','],
      caseSensitive: false,
      chn: false,
      doc_value: true,
      alias: '',
      index_all: true,
      max_depth: 3,
      json_keys: { 'user.id': { type: 'long', doc_value: true, alias: 'uid' } },
    },
  };
  const index = {
    ttl: 30,
    max_text_len: 1024,
    line: { token: [',', ' '], caseSensitive: false, chn: false },
    keys,
    log_reduce: false,
    new_member: { a: [1] },
  };
  beforeEach(() => setup.call('POST', '/logstores', { logstoreName: 'app', ttl: 7, shardCount: 1 }));

  it('of every field type read back as they were written, unknown members included', async () => {
    expect(await setup.call('POST', '/logstores/app/index', index)).toMatchObject({ status: 200, body: undefined });
    const { body } = await setup.call('GET', '/logstores/app/index');
    expect(body).toEqual({ ...index, index_mode: 'v2', storage: 'pg', lastModifyTime: Math.floor(setup.clock.nowMs() / 1000) });
    expect(setup.catalog.logstore('p-1', 'app')?.index?.keys).toMatchObject({
      level: { type: 'text', docValue: true, alias: 'lvl', token: [',', ' '] },
      latency: { type: 'double' },
      n: { type: 'long', docValue: false },
      req: { type: 'json', maxDepth: 3, indexAll: true, jsonKeys: { 'user.id': { type: 'long', alias: 'uid' } } },
    });
  });

  it('get the members that strict clients need', async () => {
    await setup.call('POST', '/logstores/app/index', { line: { token: [' '] }, keys: { a: { type: 'text' }, n: { type: 'long' } } });
    expect((await setup.call('GET', '/logstores/app/index')).body).toMatchObject({
      ttl: 7,
      max_text_len: 2048,
      line: { token: [' '], caseSensitive: false, chn: false },
      keys: { a: { type: 'text', token: [], caseSensitive: false, chn: false, doc_value: false }, n: { type: 'long', doc_value: false } },
    });
  });

  it('are made once, replaced, deleted once', async () => {
    expect(await setup.call('GET', '/logstores/app/index')).toMatchObject({ status: 404, errorCode: 'IndexConfigNotExist' });
    expect(await setup.call('PUT', '/logstores/app/index', index)).toMatchObject({ errorCode: 'IndexConfigNotExist' });
    await setup.call('POST', '/logstores/app/index', index);
    expect(await setup.call('POST', '/logstores/app/index', index)).toMatchObject({
      status: 400,
      errorCode: 'IndexAlreadyExist',
      body: 'log store index is already created',
    });
    await setup.call('PUT', '/logstores/app/index', { line: { token: [] } });
    expect((await setup.call('GET', '/logstores/app/index')).body).not.toHaveProperty('keys');
    expect(await setup.call('DELETE', '/logstores/app/index')).toMatchObject({ status: 200 });
    expect(await setup.call('DELETE', '/logstores/app/index')).toMatchObject({ status: 400, errorCode: 'ParameterInvalid' });
  });

  it('are refused by name where they are wrong', async () => {
    for (const bad of [
      {},
      '[',
      { keys: { a: { type: 'odd' } } },
      { line: { token: [], include_keys: ['a'], exclude_keys: ['b'] } },
      { line: { token: [] }, max_text_len: 63 },
      { keys: { a: { type: 'text', alias: 'b' }, b: { type: 'text' } } },
    ])
      expect(await setup.call('POST', '/logstores/app/index', bad)).toMatchObject({ status: 400, errorCode: 'IndexInfoInvalid' });
  });
});

describe('consumer groups', () => {
  const cg = '/logstores/app/consumergroups';
  beforeEach(async () => {
    await setup.call('POST', '/logstores', { logstoreName: 'app', ttl: 7, shardCount: 2 });
    await setup.call('POST', cg, { consumerGroup: 'cg', timeout: 60, order: false });
  });

  it('have the shapes that the libraries read: bare arrays, empty answers [K05]', async () => {
    expect((await setup.call('GET', cg)).body).toEqual([{ name: 'cg', timeout: 60, order: false }]);
    expect(await setup.call('POST', cg, { consumerGroup: 'cg', timeout: 60 })).toMatchObject({
      status: 400,
      errorCode: 'ConsumerGroupAlreadyExist',
    });
    expect(await setup.call('PUT', `${cg}/cg`, { timeout: 30, order: true })).toMatchObject({ status: 200, body: undefined });
    expect((await setup.call('GET', cg)).body).toEqual([{ name: 'cg', timeout: 30, order: true }]);
    expect((await setup.call('POST', `${cg}/cg?type=heartbeat&consumer=a`, [])).body).toEqual([0, 1]);
    expect((await setup.call('POST', `${cg}/cg?type=heartbeat&consumer=a`, [0, 1])).body).toEqual([0, 1]);
    expect((await setup.call('GET', `${cg}/cg`)).body).toEqual([
      { shard: 0, checkpoint: '', updateTime: 0, consumer: '' },
      { shard: 1, checkpoint: '', updateTime: 0, consumer: '' },
    ]);
    const save = `${cg}/cg?type=checkpoint&consumer=a&forceSuccess=`;
    expect(await setup.call('POST', `${save}false`, { shard: 1, checkpoint: 'MTI=' })).toMatchObject({ status: 200, body: undefined });
    expect((await setup.call('GET', `${cg}/cg?shard=1`)).body).toEqual([
      { shard: 1, checkpoint: 'MTI=', updateTime: setup.clock.nowMs() * 1000, consumer: 'a' },
    ]);
    expect((await setup.call('GET', `${cg}/cg?shard=9`)).body).toEqual([]);
    expect(await setup.call('DELETE', `${cg}/cg`)).toMatchObject({ status: 200 });
  });

  it('answer with the codes that libraries act on [K25]', async () => {
    const point = { shard: 0, checkpoint: 'MTI=' };
    const save = (query: string, body: unknown = point) => setup.call('POST', `${cg}/cg?type=checkpoint&${query}`, body);
    expect(await save('consumer=x&forceSuccess=false')).toMatchObject({ status: 404, errorCode: 'ConsumerNotExist' });
    await setup.call('POST', `${cg}/cg?type=heartbeat&consumer=a`, []);
    await setup.call('POST', `${cg}/cg?type=heartbeat&consumer=b`, []);
    expect(await save('consumer=b&forceSuccess=false')).toMatchObject({ status: 400, errorCode: 'ConsumerNotMatch' });
    expect(await save('consumer=b&forceSuccess=True')).toMatchObject({ status: 200 });
    expect(await save('consumer=a&forceSuccess=true', { shard: 9, checkpoint: 'MTI=' })).toMatchObject({
      status: 404,
      errorCode: 'ShardNotExist',
    });
    expect(await save('consumer=a&forceSuccess=true', { shard: 0, checkpoint: '***' })).toMatchObject({
      status: 400,
      errorCode: 'InvalidShardCheckPoint',
      body: 'Shard checkpoint not encoded by base64',
    });
    expect(await save('consumer=a', { shard: 'x' })).toMatchObject({ errorCode: 'JsonInfoInvalid' });
    expect(await setup.call('POST', `${cg}/none?type=heartbeat&consumer=a`, [])).toMatchObject({
      status: 404,
      errorCode: 'ConsumerGroupNotExist',
    });
    expect(await setup.call('DELETE', `${cg}/none`)).toMatchObject({ status: 404, errorCode: 'ConsumerGroupNotExist' });
    expect(await setup.call('POST', `${cg}/`, { timeout: 1 })).toMatchObject({ status: 405, errorCode: 'InvalidMethod' });
    for (let i = 1; i < 30; i++)
      expect(await setup.call('POST', cg, { consumerGroup: `g-${i}`, timeout: 60, order: false })).toMatchObject({ status: 200 });
    expect(await setup.call('POST', cg, { consumerGroup: 'g-30', timeout: 60, order: false })).toMatchObject({
      status: 400,
      errorCode: 'ConsumerGroupQuotaExceed',
    });
  });
});
