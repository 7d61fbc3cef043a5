import { z } from 'zod';
import type { ProjectInfo } from '../../../../control/catalog.ts';
import { empty, json, type SlsOperation } from '../../operation.ts';
import { projectOf } from '../../resources.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';
import { requireAccess } from './access-check.ts';
import { bodyOf } from './body.ts';
import { containing, paged } from './paging.ts';

const text = z
  .string()
  .nullish()
  .transform((v) => v ?? '');

const newProject = z.object({
  projectName: z.string(),
  description: text,
  resourceGroupId: text,
  dataRedundancyType: z
    .enum(['LRS', 'ZRS', ''])
    .nullish()
    .transform((v) => (v === null || v === undefined || v === '' ? 'LRS' : v)),
  recycleBinEnabled: z
    .boolean()
    .nullish()
    .transform((v) => v ?? false),
});

/** `2020-11-18 16:55:57` in UTC: times of projects are text (sls-api §4.1). */
const timeText = (sec: number): string => new Date(sec * 1000).toISOString().slice(0, 19).replace('T', ' ');

function projectBody(project: ProjectInfo): Record<string, unknown> {
  const { extra } = project;
  return {
    projectName: project.name,
    status: 'Normal',
    owner: project.owner,
    description: project.description,
    region: project.region,
    createTime: timeText(project.createdSec),
    lastModifyTime: timeText(project.modifiedSec),
    dataRedundancyType: extra['dataRedundancyType'] ?? 'LRS',
    resourceGroupId: extra['resourceGroupId'] ?? '',
    recycleBinEnabled: extra['recycleBinEnabled'] ?? false,
  };
}

function quotaBody({ settings }: SlsServices): Record<string, number> {
  const { logstoresPerProject, shardsPerLogstore } = settings.limits;
  return { logstore: logstoresPerProject, shard: logstoresPerProject * shardsPerLogstore };
}

const createProject: SlsOperation = {
  name: 'CreateProject',
  method: 'POST',
  path: '/',
  // Some SDKs call the endpoint itself, some the host of the project to be: the body says which (clients.md §3).
  host: 'any',
  action: null,
  resource: 'project/{project}',
  async handle(request, services, ctx) {
    const { projectName, description, ...extra } = bodyOf(request, newProject, 'ParameterInvalid');
    requireAccess(request, services, 'log:CreateProject', `project/${projectName}`);
    await services.catalog.createProject(projectName, description, extra, ctx);
    return empty();
  },
};

const getProject: SlsOperation = {
  name: 'GetProject',
  method: 'GET',
  path: '/',
  host: 'project',
  action: 'log:GetProject',
  resource: 'project/{project}',
  handle(request, services) {
    return Promise.resolve(json({ ...projectBody(projectOf(request, services)), quota: quotaBody(services) }));
  },
};

const listProject: SlsOperation = {
  name: 'ListProject',
  method: 'GET',
  path: '/',
  host: 'account',
  action: 'log:ListProject',
  resource: 'project/*',
  handle(request, services) {
    const { query } = request;
    const group = query.get('resourceGroupId');
    let all = containing(services.catalog.projects(), query, 'projectName', (p) => p.name);
    all = containing(all, query, 'description', (p) => p.description);
    if (group !== undefined) all = all.filter((p) => (p.extra['resourceGroupId'] ?? '') === group);
    const { count, total, items } = paged(all, query);
    const quota = query.flag('fetchQuota') ? { quota: quotaBody(services) } : {};
    return Promise.resolve(json({ count, total, projects: items.map((p) => ({ ...projectBody(p), ...quota })) }));
  },
};

const updateProject: SlsOperation = {
  name: 'UpdateProject',
  method: 'PUT',
  path: '/',
  host: 'project',
  action: 'log:UpdateProject',
  resource: 'project/{project}',
  async handle(request, services, ctx) {
    const { description } = bodyOf(request, z.object({ description: text }), 'ParameterInvalid');
    await services.catalog.updateProject(projectOf(request, services).name, description, ctx);
    return empty();
  },
};

const deleteProject: SlsOperation = {
  name: 'DeleteProject',
  method: 'DELETE',
  path: '/',
  host: 'project',
  action: 'log:DeleteProject',
  resource: 'project/{project}',
  async handle(request, services, ctx) {
    await services.catalog.deleteProject(projectOf(request, services).name, ctx);
    return empty();
  },
};

/** Longest policy document, characters: the vendor's bound of a RAM policy. */
const MAX_POLICY = 16_384;

const putPolicy: SlsOperation = {
  name: 'PutProjectPolicy',
  method: 'POST',
  path: '/policy',
  host: 'project',
  action: 'log:PutProjectPolicy',
  resource: 'project/{project}',
  async handle(request, services, ctx) {
    const document = request.plainBody().toString('utf8');
    if (document.length > MAX_POLICY)
      throw new SlsError('ParameterInvalid', `the policy has ${document.length} characters, expected at most ${MAX_POLICY}`);
    await services.control.policies.setProjectPolicy(projectOf(request, services).name, document, ctx);
    return empty();
  },
};

const getPolicy: SlsOperation = {
  name: 'GetProjectPolicy',
  method: 'GET',
  path: '/policy',
  host: 'project',
  action: 'log:GetProjectPolicy',
  resource: 'project/{project}',
  handle(request, services) {
    const document = services.control.policies.projectPolicy(projectOf(request, services).name);
    // Raw text; '' when there is none (sls-api §4.1).
    return Promise.resolve(document === '' ? empty() : { kind: 'bytes', chunks: [Buffer.from(document)], contentType: 'application/json' });
  },
};

const deletePolicy: SlsOperation = {
  name: 'DeleteProjectPolicy',
  method: 'DELETE',
  path: '/policy',
  host: 'project',
  action: 'log:DeleteProjectPolicy',
  resource: 'project/{project}',
  async handle(request, services, ctx) {
    await services.control.policies.setProjectPolicy(projectOf(request, services).name, '', ctx);
    return empty();
  },
};

/** Projects and their policies (sls-api §4.1). */
export const projectOperations: readonly SlsOperation[] = [
  createProject,
  getProject,
  listProject,
  updateProject,
  deleteProject,
  putPolicy,
  getPolicy,
  deletePolicy,
];
