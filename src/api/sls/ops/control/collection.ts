import { z } from 'zod';
import { empty, json, type SlsOperation } from '../../operation.ts';
import { projectOf } from '../../resources.ts';
import { SlsError } from '../../sls-error.ts';
import { bodyOf } from './body.ts';
import { objectOperations, withTimes } from './object-operations.ts';

/** Per project (sls-api §5.5). */
const MAX_GROUPS = 200;
const MAX_CONFIGS = 200;

const name = z.string().regex(/^[\w.-]{2,128}$/, 'expected 2 to 128 of a-z A-Z 0-9 _ - .');
const text = z
  .string()
  .nullish()
  .transform((v) => v ?? '');

const machineGroup = z.object({
  groupName: name,
  groupType: text,
  machineIdentifyType: z.enum(['ip', 'userdefined']),
  machineList: z
    .array(z.string())
    .nullish()
    .transform((v) => v ?? []),
  groupAttribute: z
    .object({ externalName: text, groupTopic: text })
    .nullish()
    .transform((v) => v ?? { externalName: '', groupTopic: '' }),
});

const machineGroups = objectOperations({
  kind: 'machine_group',
  word: 'MachineGroup',
  path: 'machinegroups',
  nameKey: 'groupName',
  ram: 'machinegroup',
  limit: MAX_GROUPS,
  parse: (request) => bodyOf(request, machineGroup, 'ParameterInvalid'),
  show: withTimes,
});

const config = z.looseObject({
  configName: name,
  inputType: z.enum(['file', 'plugin', 'streamlog', 'syslog']).transform((v) => (v === 'syslog' ? 'streamlog' : v)),
  inputDetail: z.record(z.string(), z.unknown()),
  outputType: z.string().default('LogService'),
  outputDetail: z.looseObject({ logstoreName: z.string() }),
  logSample: text,
});

const configs = objectOperations({
  kind: 'config',
  word: 'Config',
  path: 'configs',
  nameKey: 'configName',
  ram: 'logtailconfig',
  limit: MAX_CONFIGS,
  parse: (request) => bodyOf(request, config, 'ParameterInvalid'),
  show: withTimes,
  keep(object, query) {
    const logstore = query.get('logstoreName');
    return logstore === undefined || (object.body['outputDetail'] as { logstoreName?: string }).logstoreName === logstore;
  },
});

const part = z.array(z.record(z.string(), z.unknown()));
const pipeline = z.looseObject({
  configName: name,
  global: z.record(z.string(), z.unknown()).nullish(),
  inputs: part.min(1),
  processors: part.nullish(),
  aggregators: part.nullish(),
  flushers: part.min(1),
  logSample: z.string().nullish(),
});

const pipelineConfigs = objectOperations({
  kind: 'pipeline_config',
  word: 'LogtailPipelineConfig',
  path: 'pipelineconfigs',
  nameKey: 'configName',
  ram: 'logtailconfig',
  limit: MAX_CONFIGS,
  parse: (request) => bodyOf(request, pipeline, 'ParameterInvalid'),
  show: withTimes,
  keep(object, query) {
    const logstore = query.get('logstoreName');
    return logstore === undefined || (object.body['flushers'] as { Logstore?: string }[]).some((one) => one.Logstore === logstore);
  },
});

const group = { host: 'project', resource: 'project/{project}/machinegroup/{group}' } as const;

/** Which collection configuration is applied to which machine group (sls-api §4.8). */
const applied: readonly SlsOperation[] = [
  {
    ...group,
    name: 'ApplyConfigToMachineGroup',
    method: 'PUT',
    path: '/machinegroups/{group}/configs/{config}',
    action: 'log:ApplyConfigToGroup',
    async handle(request, services, ctx) {
      const { name: project } = projectOf(request, services);
      const { group = '', config = '' } = request.params;
      await services.control.objects.get(project, 'machine_group', group, ctx);
      const pipeline = await services.control.objects.find(project, 'pipeline_config', config, ctx);
      if (pipeline === null) await services.control.objects.get(project, 'config', config, ctx);
      await services.control.objects.apply(project, group, config, ctx);
      return empty();
    },
  },
  {
    ...group,
    name: 'RemoveConfigFromMachineGroup',
    method: 'DELETE',
    path: '/machinegroups/{group}/configs/{config}',
    action: 'log:RemoveConfigFromGroup',
    async handle(request, services, ctx) {
      const { name: project } = projectOf(request, services);
      const { group = '', config = '' } = request.params;
      await services.control.objects.get(project, 'machine_group', group, ctx);
      if (!(await services.control.objects.remove(project, group, config, ctx)))
        throw new SlsError('ConfigNotExist', `Config ${config} is not applied to MachineGroup ${group}`, 404);
      return empty();
    },
  },
  {
    ...group,
    name: 'GetAppliedConfigs',
    method: 'GET',
    path: '/machinegroups/{group}/configs',
    action: 'log:GetAppliedConfigs',
    async handle(request, services, ctx) {
      const { name: project } = projectOf(request, services);
      const { group = '' } = request.params;
      await services.control.objects.get(project, 'machine_group', group, ctx);
      const found = (await services.control.objects.applications(project, ctx)).filter((one) => one.machineGroup === group);
      return json({ count: found.length, configs: found.map((one) => one.config) });
    },
  },
  {
    name: 'GetAppliedMachineGroups',
    host: 'project',
    resource: 'project/{project}/logtailconfig/{config}',
    method: 'GET',
    path: '/configs/{config}/machinegroups',
    action: 'log:GetAppliedMachineGroups',
    async handle(request, services, ctx) {
      const { name: project } = projectOf(request, services);
      const { config = '' } = request.params;
      const found = (await services.control.objects.applications(project, ctx)).filter((one) => one.config === config);
      if (found.length === 0) await services.control.objects.get(project, 'config', config, ctx);
      return json({ count: found.length, machinegroups: found.map((one) => one.machineGroup) });
    },
  },
  {
    ...group,
    name: 'ListMachines',
    method: 'GET',
    path: '/machinegroups/{group}/machines',
    action: 'log:ListMachines',
    async handle(request, services, ctx) {
      // Agents of the community take their configuration from files and report to no one, so no machine is ever known by a heartbeat.
      await services.control.objects.get(projectOf(request, services).name, 'machine_group', request.params['group'] ?? '', ctx);
      return json({ count: 0, total: 0, machines: [] });
    },
  },
];

/** Collection configurations (sls-api §4.8): kept as written for tools that manage them. */
export const collectionOperations: readonly SlsOperation[] = [...machineGroups, ...configs, ...pipelineConfigs, ...applied];
