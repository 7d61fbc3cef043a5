import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controlOperations } from './control-operations.ts';
import { opSetup, type OpSetup } from './testing/op-setup.ts';

let setup: OpSetup;
beforeEach(async () => {
  setup = await opSetup(controlOperations);
  await setup.call('POST', '/', { projectName: 'p-1' });
  await setup.call('POST', '/logstores', { logstoreName: 'app', ttl: 7, shardCount: 1 });
});
afterEach(() => setup.close());

const ok = { status: 200, body: undefined };
const post = (path: string, body: unknown) => setup.call('POST', path, body);
const put = (path: string, body?: unknown) => setup.call('PUT', path, body);
const get = async (path: string) => (await setup.call('GET', path)).body;

describe('tags', () => {
  const tag = (resourceType: string, id: string, ...tags: [string, string][]) =>
    post('/tag', { resourceType, resourceId: [id], tags: tags.map(([key, value]) => ({ key, value })) });

  it('are set, listed by resource and by tag, and removed', async () => {
    expect(await tag('project', 'p-1', ['env', 'prod'], ['team', 'blue'])).toMatchObject(ok);
    expect(await tag('logstore', 'p-1#app', ['env', 'test'])).toMatchObject(ok);
    await tag('project', 'p-1', ['env', 'stage']);
    const list = (query: Record<string, unknown>) =>
      get(
        `/tags?${Object.entries(query)
          .map(([k, v]) => `${k}=${encodeURIComponent(typeof v === 'string' ? v : JSON.stringify(v))}`)
          .join('&')}`,
      );
    expect(await list({ resourceType: 'project', resourceId: ['p-1'] })).toEqual({
      nextToken: '',
      tagResources: [
        { resourceType: 'project', resourceId: 'p-1', tagKey: 'env', tagValue: 'stage' },
        { resourceType: 'project', resourceId: 'p-1', tagKey: 'team', tagValue: 'blue' },
      ],
    });
    expect(await list({ resourceType: 'logstore', tags: [{ key: 'env', value: 'test' }] })).toMatchObject({
      tagResources: [{ resourceId: 'p-1#app' }],
    });
    expect(await list({ resourceType: 'logstore', tags: [{ key: 'env', value: 'prod' }] })).toMatchObject({ tagResources: [] });
    expect(await post('/untag', { resourceType: 'project', resourceId: ['p-1'], tags: ['env'] })).toMatchObject(ok);
    expect(await list({ resourceType: 'project' })).toMatchObject({ tagResources: [{ tagKey: 'team' }] });
    await post('/untag', { resourceType: 'project', resourceId: ['p-1'], all: true });
    expect(await list({ resourceType: 'project' })).toMatchObject({ tagResources: [] });
  });

  it('are refused with the texts that clients compare', async () => {
    expect(await tag('project', 'p-1')).toMatchObject({
      status: 400,
      errorCode: 'PostBodyInvalid',
      body: 'request tag key value pair size must little than 20',
    });
    expect(
      await post('/untag', { resourceType: 'project', resourceId: ['p-1'], tags: Array.from({ length: 21 }, (_, i) => `k${i}`) }),
    ).toMatchObject({
      errorCode: 'PostBodyInvalid',
      body: 'tag key value pair count exceed',
    });
    expect(await tag('odd', 'p-1', ['a', 'b'])).toMatchObject({
      errorCode: 'ParameterInvalid',
      body: 'The resource type is not supported: odd',
    });
    expect(await tag('project', 'none', ['a', 'b'])).toMatchObject({ errorCode: 'ProjectNotExist' });
    expect(await tag('logstore', 'p-1#none', ['a', 'b'])).toMatchObject({ errorCode: 'LogStoreNotExist' });
    expect(await tag('dashboard', 'p-1#none', ['a', 'b'])).toMatchObject({ errorCode: 'DashboardNotExist' });
    const stranger = { accessKeyId: 'K', owner: 'x', root: false, policies: [] };
    expect(await setup.call('GET', '/tags?resourceType=project', undefined, { caller: stranger })).toMatchObject({ status: 401 });
  });
});

describe('the service log of a project', () => {
  it('is switched on, changed, read and switched off', async () => {
    const logging = { loggingProject: 'p-log', loggingDetails: [{ type: 'consumergroup_log', logstore: 'internal' }] };
    expect(await setup.call('GET', '/logging')).toMatchObject({
      errorCode: 'LoggingNotExist',
      body: "Logging does not exist for project 'p-1'",
    });
    expect(await post('/logging', logging)).toMatchObject(ok);
    expect(await post('/logging', logging)).toMatchObject({ status: 400, errorCode: 'LoggingAlreadyExist' });
    expect(await get('/logging')).toEqual(logging);
    expect(await put('/logging', { ...logging, loggingDetails: [{ type: 'x', logstore: 'l' }] })).toMatchObject({
      errorCode: 'ParameterInvalid',
      body: "Invalid type 'x'",
    });
    expect(await put('/logging', { ...logging, loggingDetails: [] })).toMatchObject(ok);
    expect(await setup.call('DELETE', '/logging')).toMatchObject(ok);
    expect(await setup.call('DELETE', '/logging')).toMatchObject({ errorCode: 'LoggingNotExist' });
  });
});

describe('saved searches', () => {
  const search = { savedsearchName: 'errors', displayName: 'Errors', searchQuery: 'level: error', logstore: 'app', topic: '' };

  it('read back with exactly their five members, and are listed by page', async () => {
    expect(await post('/savedsearches', { ...search, other: 1 })).toMatchObject(ok);
    expect(await get('/savedsearches/errors')).toEqual(search);
    expect(await get('/savedsearches?offset=0&size=10&savedsearchName=err')).toEqual({
      count: 1,
      total: 1,
      savedsearches: ['errors'],
      savedsearchItems: [{ savedsearchName: 'errors', displayName: 'Errors' }],
    });
    expect(await put('/savedsearches/errors', { ...search, searchQuery: '*' })).toMatchObject(ok);
    expect(await get('/savedsearches/errors')).toMatchObject({ searchQuery: '*' });
    await setup.call('DELETE', '/savedsearches/errors');
    expect(await setup.call('GET', '/savedsearches/errors')).toMatchObject({
      errorCode: 'SavedSearchNotExist',
      body: 'specified savedsearch does not exist',
    });
    expect(await post('/savedsearches', { ...search, searchQuery: 'x'.repeat(65_536) })).toMatchObject({
      status: 400,
      errorCode: 'PostBodyInvalid',
    });
  });

  it('are limited in number', async () => {
    for (let i = 0; i < 100; i++) await post('/savedsearches', { ...search, savedsearchName: `s${i}`.padEnd(3, '-') });
    expect(await post('/savedsearches', search)).toMatchObject({ errorCode: 'ExceedQuota' });
  });
});

describe('dashboards', () => {
  const dashboard = {
    dashboardName: 'main',
    displayName: 'Main',
    description: '',
    charts: [{ title: 'one', search: { query: '*' } }],
    attribute: { x: 1 },
  };

  it('read back as they were written, and are listed', async () => {
    expect(await post('/dashboards', dashboard)).toMatchObject(ok);
    expect(await get('/dashboards/main')).toMatchObject(dashboard);
    expect(await post('/dashboards', dashboard)).toMatchObject({
      errorCode: 'ParameterInvalid',
      body: 'specified dashboard already exists',
    });
    expect(await post('/dashboards', { dashboardName: 'x' })).toMatchObject({ errorCode: 'InvalidDashboardName' });
    expect(await get('/dashboards')).toEqual({
      count: 1,
      total: 1,
      dashboards: ['main'],
      dashboardItems: [{ dashboardName: 'main', displayName: 'Main' }],
    });
    expect(await put('/dashboards/main', { ...dashboard, description: 'new' })).toMatchObject(ok);
    expect(await setup.call('DELETE', '/dashboards/main')).toMatchObject(ok);
    expect(await setup.call('GET', '/dashboards/main')).toMatchObject({ errorCode: 'DashboardNotExist' });
  });

  it('have charts that are added, changed and taken away by their title', async () => {
    await post('/dashboards', dashboard);
    expect(await post('/dashboards/main/charts', { title: 'two', search: {} })).toMatchObject(ok);
    expect(await post('/dashboards/main/charts', { title: 'two' })).toMatchObject({ status: 400 });
    expect(await put('/dashboards/main/charts/two', { title: 'two', search: { query: 'x' } })).toMatchObject(ok);
    expect(await get('/dashboards/main/charts/two')).toEqual({ title: 'two', search: { query: 'x' } });
    // A new title must not be another chart's: nobody could tell the two apart.
    expect(await setup.call('PUT', '/dashboards/main/charts/two', { title: 'one', search: {} })).toMatchObject({ status: 400 });
    expect(await setup.call('DELETE', '/dashboards/main/charts/one')).toMatchObject(ok);
    expect(await get('/dashboards/main')).toMatchObject({ charts: [{ title: 'two' }] });
    expect(await setup.call('GET', '/dashboards/main/charts/one')).toMatchObject({ errorCode: 'ChartNotExist' });
  });
});

describe('collection', () => {
  const group = {
    groupName: 'web',
    groupType: '',
    machineIdentifyType: 'ip',
    machineList: ['10.0.0.1'],
    groupAttribute: { externalName: '', groupTopic: 't' },
  };
  const config = {
    configName: 'nginx',
    inputType: 'file',
    inputDetail: { logPath: '/var/log' },
    outputType: 'LogService',
    outputDetail: { logstoreName: 'app' },
  };
  const pipeline = { configName: 'pipe', inputs: [{ Type: 'input_file' }], flushers: [{ Type: 'flusher_sls', Logstore: 'app' }] };

  it('keeps machine groups and both kinds of configuration as written', async () => {
    expect(await post('/machinegroups', group)).toMatchObject(ok);
    expect(await get('/machinegroups/web')).toMatchObject({ ...group, createTime: 1_725_961_920 });
    expect(await post('/machinegroups', group)).toMatchObject({ errorCode: 'MachineGroupAlreadyExist' });
    expect(await put('/machinegroups/web', { ...group, machineIdentifyType: 'userdefined' })).toMatchObject(ok);
    expect(await get('/machinegroups?groupName=we')).toEqual({ count: 1, total: 1, machinegroups: ['web'] });
    expect(await get('/machinegroups/web/machines')).toEqual({ count: 0, total: 0, machines: [] });
    expect(await post('/configs', { ...config, inputType: 'syslog' })).toMatchObject(ok);
    expect(await get('/configs/nginx')).toMatchObject({ ...config, inputType: 'streamlog' });
    expect(await get('/configs?logstoreName=other')).toMatchObject({ total: 0, configs: [] });
    expect(await post('/pipelineconfigs', pipeline)).toMatchObject(ok);
    expect(await get('/pipelineconfigs/pipe')).toMatchObject(pipeline);
    expect(await setup.call('GET', '/machinegroups/none')).toMatchObject({ errorCode: 'MachineGroupNotExist' });
    expect(await setup.call('GET', '/configs/none')).toMatchObject({ errorCode: 'ConfigNotExist' });
    expect(await post('/configs', { ...config, outputDetail: {} })).toMatchObject({ errorCode: 'ParameterInvalid' });
  });

  it('applies configurations to machine groups', async () => {
    await post('/machinegroups', group);
    await post('/configs', config);
    expect(await put('/machinegroups/web/configs/nginx')).toMatchObject(ok);
    expect(await put('/machinegroups/web/configs/nginx')).toMatchObject(ok);
    expect(await put('/machinegroups/web/configs/none')).toMatchObject({ errorCode: 'ConfigNotExist' });
    expect(await get('/machinegroups/web/configs')).toEqual({ count: 1, configs: ['nginx'] });
    expect(await get('/configs/nginx/machinegroups')).toEqual({ count: 1, machinegroups: ['web'] });
    expect(await setup.call('DELETE', '/machinegroups/web/configs/nginx')).toMatchObject(ok);
    expect(await setup.call('DELETE', '/machinegroups/web/configs/nginx')).toMatchObject({ status: 404 });
    await put('/machinegroups/web/configs/nginx');
    await setup.call('DELETE', '/configs/nginx');
    expect(await get('/machinegroups/web/configs')).toEqual({ count: 0, configs: [] });
  });
});

describe('jobs', () => {
  const alert = {
    name: 'alert-1',
    displayName: 'Alert',
    type: 'Alert',
    schedule: { type: 'FixedRate', interval: '60s' },
    configuration: {
      version: '2.0',
      queryList: [{ query: '* | select count(*) as c', start: '-300s', end: 'now', store: 'app' }],
      threshold: 1,
    },
  };
  const sql = {
    name: 'sql-1',
    schedule: { type: 'Cron', cronExpression: '0 * * * *', timeZone: '+0800' },
    configuration: { script: '* | select 1', sourceLogstore: 'app', destProject: 'p-1', destLogstore: 'out' },
  };
  const oss = {
    name: 'oss-1',
    configuration: { logstore: 'app', sink: { type: 'AliyunOSS', bucket: 'b', contentType: 'json', compressionType: 'zstd' } },
  };

  it('are the same objects in both generations of the API', async () => {
    expect(await post('/jobs', alert)).toMatchObject(ok);
    expect(await get('/alerts/alert-1')).toMatchObject({
      ...alert,
      state: 'Enabled',
      status: 'ENABLED',
      recyclable: false,
      createTime: 1_725_961_920,
      lastModifiedTime: 1_725_961_920,
    });
    expect(await post('/scheduledsqls', sql)).toMatchObject(ok);
    expect(await get('/jobs/sql-1')).toMatchObject({ ...sql, type: 'ScheduledSQL' });
    expect(await post('/ossexports', oss)).toMatchObject(ok);
    expect(await post('/jobs', { ...oss, name: 'oss-2', type: 'Export' })).toMatchObject(ok);
    expect(await get('/ossexports')).toMatchObject({
      count: 2,
      total: 2,
      results: [{ name: 'oss-1', status: 'RUNNING' }, { name: 'oss-2' }],
    });
    expect(await get('/jobs?jobType=Export&size=1')).toMatchObject({ count: 1, total: 2 });
    expect(await get('/jobs?jobName=sql')).toMatchObject({ total: 1 });
    expect(await setup.call('GET', '/alerts/sql-1')).toMatchObject({ status: 404, errorCode: 'JobNotExist' });
    expect(await get('/jobs/sql-1/jobinstances?jobType=ScheduledSQL')).toEqual({ count: 0, total: 0, results: [] });
  });

  it('are switched, changed and deleted, with the texts that clients compare', async () => {
    await post('/jobs', alert);
    expect(await post('/jobs', alert)).toMatchObject({ status: 400, body: 'Job alert-1 already exists' });
    expect(await put('/jobs/alert-1?action=disable')).toMatchObject(ok);
    expect(await get('/jobs/alert-1')).toMatchObject({ state: 'Disabled', status: 'DISABLED' });
    expect(await put('/alerts/alert-1?action=disable')).toMatchObject({
      errorCode: 'ParameterInvalid',
      body: 'The job to disable has already disabled',
    });
    expect(await put('/jobs/alert-1?action=enable')).toMatchObject(ok);
    expect(await put('/jobs/alert-1', { ...alert, displayName: 'New' })).toMatchObject(ok);
    expect(await get('/jobs/alert-1')).toMatchObject({ displayName: 'New', state: 'Enabled' });
    expect(await setup.call('DELETE', '/alerts/alert-1')).toMatchObject(ok);
    expect(await setup.call('GET', '/jobs/alert-1')).toMatchObject({ status: 404, errorCode: 'JobNotExist' });
  });

  it('are refused by name where they are wrong or there is nothing for them here', async () => {
    const refused = async (path: string, body: object) => {
      const answer = await post(path, body);
      return `${answer.errorCode}: ${String(answer.body)}`;
    };
    expect(await refused('/alerts', { ...alert, schedule: { type: 'FixedRate' } })).toContain('ParameterInvalid: schedule.interval');
    expect(await refused('/alerts', { ...alert, schedule: undefined })).toContain('ParameterInvalid: schedule');
    expect(await refused('/alerts', { ...alert, configuration: { queryList: [] } })).toContain('configuration.queryList');
    expect(await refused('/scheduledsqls', { ...sql, configuration: {} })).toContain('configuration.script');
    expect(
      await refused('/ossexports', { ...oss, configuration: { logstore: 'app', sink: { bucket: 'b', compressionType: 'lzop' } } }),
    ).toContain('configuration.sink.compressionType');
    expect(await refused('/jobs', { ...oss, type: 'ETL' })).toBe('NotSupported: job type ETL is not supported');
    expect(await refused('/jobs', { ...oss, type: 'Odd' })).toContain('ParameterInvalid: job type "Odd" is unknown');
    expect(await post('/etls', {})).toMatchObject({ status: 501, errorCode: 'NotSupported' });
  });
});

describe('store views', () => {
  const view = {
    name: 'all_apps',
    storeType: 'logstore',
    stores: [
      { project: 'p-1', storeName: 'app' },
      { project: 'p-1', storeName: 'gone', query: 'a: b' },
    ],
  };

  it('are made, read, listed, changed and deleted', async () => {
    expect(await post('/storeviews', view)).toMatchObject(ok);
    expect(await get('/storeviews/all_apps')).toEqual(view);
    expect(await get('/storeviews?name=apps&storeType=logstore')).toEqual({ count: 1, total: 1, storeviews: ['all_apps'] });
    expect(await get('/storeviews?storeType=metricstore')).toMatchObject({ total: 0 });
    expect(await put('/storeviews/all_apps', { storeType: 'logstore', stores: view.stores.slice(0, 1) })).toMatchObject(ok);
    expect(await get('/storeviews/all_apps')).toMatchObject({ stores: [{ storeName: 'app' }] });
    expect(await setup.call('DELETE', '/storeviews/all_apps')).toMatchObject(ok);
    expect(await setup.call('GET', '/storeviews/all_apps')).toMatchObject({ status: 404, errorCode: 'StoreViewNotExist' });
  });

  it('share their names with logstores', async () => {
    expect(await post('/storeviews', { ...view, name: 'app' })).toMatchObject({ errorCode: 'ParameterInvalid' });
    await post('/storeviews', view);
    expect(await post('/logstores', { logstoreName: 'all_apps', ttl: 1, shardCount: 1 })).toMatchObject({
      errorCode: 'LogStoreAlreadyExist',
    });
    expect(await post('/storeviews', { ...view, name: '1x' })).toMatchObject({ errorCode: 'ParameterInvalid' });
  });

  it('tell the index of every store, and of which there is none', async () => {
    await post('/storeviews', view);
    expect(await get('/storeviews/all_apps/index')).toMatchObject({
      indexes: [],
      storeViewErrors: [
        { logstore: 'app', status: 'IndexConfigNotExist' },
        { logstore: 'gone', status: 'LogStoreNotExist' },
      ],
    });
    await post('/logstores/app/index', { line: { token: [' '] } });
    expect(await get('/storeviews/all_apps/index')).toMatchObject({
      indexes: [{ projectName: 'p-1', logstore: 'app', index: { line: { token: [' '] } } }],
    });
  });
});

it('what a project keeps goes with it', async () => {
  await post('/dashboards', { dashboardName: 'main' });
  await post('/tag', { resourceType: 'dashboard', resourceId: ['p-1#main'], tags: [{ key: 'a', value: 'b' }] });
  await setup.call('DELETE', '/');
  await setup.call('POST', '/', { projectName: 'p-1' });
  expect(await get('/dashboards')).toMatchObject({ total: 0 });
  expect(await get('/tags?resourceType=dashboard')).toMatchObject({ tagResources: [] });
});
