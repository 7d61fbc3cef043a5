import type { Catalog, IndexConfig, LogstoreInfo, ProjectInfo, ShardInfo } from '../../../control/catalog.ts';
import { SluiceError } from '../../../core/errors.ts';
import type { RunContext } from '../../../core/context.ts';
import { defined, requireEtag, type Handlers } from '../call.ts';
import type { IndexConfigAnswer, Logstore, Project, Shard } from '../contract/logstores.ts';
import { etagOf, withEtag } from '../etag.ts';
import { pageInMemory } from '../paging.ts';
import type { StreamService } from '../services.ts';
import { iso, isoOfSec } from '../times.ts';

export function projectOf(catalog: Catalog, name: string): ProjectInfo {
  const found = catalog.project(name);
  if (found === null) throw new SluiceError('request.not_found', `project ${name} does not exist`, { resource: 'project', name });
  return found;
}

export function logstoreOf(catalog: Catalog, params: { readonly project: string; readonly logstore: string }): LogstoreInfo {
  projectOf(catalog, params.project);
  const found = catalog.logstore(params.project, params.logstore);
  if (found === null)
    throw new SluiceError('request.not_found', `logstore ${params.logstore} of project ${params.project} does not exist`, {
      resource: 'logstore',
      name: params.logstore,
    });
  return found;
}

function shownLogstore(info: LogstoreInfo): Logstore {
  return withEtag({
    project: info.project,
    name: info.name,
    ttlDays: info.ttlDays,
    shardCount: info.shardCount,
    autoSplit: info.autoSplit,
    maxSplitShard: info.maxSplitShard,
    appendMeta: info.appendMeta,
    profile: info.profile,
    hasIndex: info.index !== null,
    createdAt: isoOfSec(info.createdSec),
    modifiedAt: isoOfSec(info.modifiedSec),
  });
}

function shownIndex(index: IndexConfig): { index: IndexConfigAnswer; etag: string; modifiedAt: string } {
  const { line } = index;
  const shown: IndexConfigAnswer = {
    line:
      line === null
        ? null
        : {
            token: [...line.token],
            caseSensitive: line.caseSensitive,
            chn: line.chn,
            includeKeys: [...line.includeKeys],
            excludeKeys: [...line.excludeKeys],
          },
    keys: Object.fromEntries(
      Object.entries(index.keys).map(([name, key]) => [
        name,
        {
          type: key.type,
          token: [...key.token],
          caseSensitive: key.caseSensitive,
          chn: key.chn,
          docValue: key.docValue,
          alias: key.alias,
          jsonKeys: Object.fromEntries(Object.entries(key.jsonKeys).map(([leaf, leafKey]) => [leaf, { ...leafKey }])),
          indexAll: key.indexAll,
          maxDepth: key.maxDepth,
        },
      ]),
    ),
    maxTextLen: index.maxTextLen,
  };
  return { index: shown, etag: etagOf([shown, index.lastModifySec]), modifiedAt: isoOfSec(index.lastModifySec) };
}

/** The wire form of an index (sls-api §4.3), so that SDKs read what the console wrote. */
function wireOf(index: IndexConfigAnswer): Record<string, unknown> {
  const { line } = index;
  return {
    ...(line === null
      ? {}
      : {
          line: {
            token: line.token,
            caseSensitive: line.caseSensitive,
            chn: line.chn,
            ...(line.includeKeys.length > 0 ? { include_keys: line.includeKeys } : {}),
            ...(line.excludeKeys.length > 0 ? { exclude_keys: line.excludeKeys } : {}),
          },
        }),
    keys: Object.fromEntries(
      Object.entries(index.keys).map(([name, key]) => [
        name,
        {
          type: key.type,
          ...(key.type === 'text' || key.type === 'json' ? { token: key.token, caseSensitive: key.caseSensitive, chn: key.chn } : {}),
          doc_value: key.docValue,
          alias: key.alias,
          ...(key.type === 'json'
            ? {
                index_all: key.indexAll,
                max_depth: key.maxDepth,
                json_keys: Object.fromEntries(
                  Object.entries(key.jsonKeys).map(([leaf, { type, docValue, alias }]) => [leaf, { type, doc_value: docValue, alias }]),
                ),
              }
            : {}),
        },
      ]),
    ),
    max_text_len: index.maxTextLen,
  };
}

type Served =
  | 'listProjects'
  | 'createProject'
  | 'getProject'
  | 'updateProject'
  | 'deleteProject'
  | 'listAllLogstores'
  | 'listLogstores'
  | 'createLogstore'
  | 'getLogstore'
  | 'updateLogstore'
  | 'deleteLogstore'
  | 'getIndex'
  | 'putIndex'
  | 'deleteIndex'
  | 'listShards'
  | 'splitShard'
  | 'mergeShard';

export function logstoreHandlers(catalog: Catalog, stream: StreamService): Pick<Handlers, Served> {
  const shownProject = (info: ProjectInfo): Project =>
    withEtag({
      name: info.name,
      description: info.description,
      region: info.region,
      logstoreCount: catalog.logstores(info.name).length,
      createdAt: isoOfSec(info.createdSec),
      modifiedAt: isoOfSec(info.modifiedSec),
    });

  const shownShard = async (logstore: number, info: ShardInfo, ctx: RunContext): Promise<Shard> => {
    const at = { logstore, shard: info.shard };
    const bounds = await stream.bounds(at, ctx);
    return {
      shard: info.shard,
      status: info.status,
      beginKey: info.beginKey,
      endKey: info.endKey,
      parents: [...info.parents],
      createdAt: isoOfSec(info.createdSec),
      begin: bounds.begin.toString(),
      end: bounds.end.toString(),
      bytes: bounds.bytes,
      newestAt: bounds.end > bounds.begin ? iso(await stream.receivedMsAt(at, bounds.end - 1n, ctx)) : null,
    };
  };

  const shownShards = async (logstore: number, ctx: RunContext): Promise<{ items: Shard[]; nextPageToken: string }> => ({
    items: await Promise.all(catalog.shards(logstore).map((info) => shownShard(logstore, info, ctx))),
    nextPageToken: '',
  });

  const shardOf = (logstore: LogstoreInfo, text: string): number => {
    const shard = Number(text);
    if (!catalog.shards(logstore.id).some((info) => info.shard === shard))
      throw new SluiceError('request.not_found', `shard ${text} of logstore ${logstore.name} does not exist`, {
        resource: 'shard',
        name: text,
      });
    return shard;
  };

  const confirmed = (name: string, confirm: string): void => {
    if (confirm !== name)
      throw new SluiceError('request.invalid', `confirm is ${JSON.stringify(confirm)}, expected the name ${name} again`, {
        errors: [{ path: '/query/confirm', message: `expected ${name}` }],
      });
  };

  return {
    listProjects({ query }) {
      const { search = '' } = query;
      const found = catalog.projects().filter((info) => info.name.includes(search) || info.description.includes(search));
      return Promise.resolve(pageInMemory(found.map(shownProject), (item) => item.name, query));
    },
    async createProject({ body, ctx }) {
      return shownProject(await catalog.createProject(body.name, body.description, {}, ctx));
    },
    async getProject({ params }) {
      return shownProject(projectOf(catalog, params.project));
    },
    async updateProject({ params, body, facts, ctx }) {
      requireEtag(body.etag, shownProject(projectOf(catalog, params.project)).etag, `project ${params.project}`, facts);
      return shownProject(await catalog.updateProject(params.project, body.description, ctx));
    },
    async deleteProject({ params, query, ctx }) {
      confirmed(projectOf(catalog, params.project).name, query.confirm);
      await catalog.deleteProject(params.project, ctx);
    },

    listAllLogstores({ query }) {
      const { search = '' } = query;
      const found = catalog.logstores().filter((info) => info.name.includes(search) || info.project.includes(search));
      return Promise.resolve(pageInMemory(found.map(shownLogstore), (item) => `${item.project}/${item.name}`, query));
    },
    async listLogstores({ params, query }) {
      projectOf(catalog, params.project);
      const { search = '' } = query;
      const found = catalog.logstores(params.project).filter((info) => info.name.includes(search));
      return pageInMemory(found.map(shownLogstore), (item) => item.name, query);
    },
    async createLogstore({ params, body, ctx }) {
      projectOf(catalog, params.project);
      return shownLogstore(await catalog.createLogstore(params.project, defined(body), ctx));
    },
    async getLogstore({ params }) {
      return shownLogstore(logstoreOf(catalog, params));
    },
    async updateLogstore({ params, body, facts, ctx }) {
      const { etag, ...change } = body;
      requireEtag(etag, shownLogstore(logstoreOf(catalog, params)).etag, `logstore ${params.logstore}`, facts);
      return shownLogstore(await catalog.updateLogstore(params.project, params.logstore, defined(change), ctx));
    },
    async deleteLogstore({ params, query, ctx }) {
      confirmed(logstoreOf(catalog, params).name, query.confirm);
      await catalog.deleteLogstore(params.project, params.logstore, ctx);
    },

    async getIndex({ params }) {
      const { index, name } = logstoreOf(catalog, params);
      if (index === null) throw new SluiceError('request.not_found', `logstore ${name} has no index`, { resource: 'index', name });
      return shownIndex(index);
    },
    async putIndex({ params, body, facts, ctx }) {
      const { index: before } = logstoreOf(catalog, params);
      const what = `the index of logstore ${params.logstore}`;
      if (before !== null) {
        if (body.etag === undefined)
          throw new SluiceError('request.conflict', `${what} exists, expected its etag`, { etag: shownIndex(before).etag });
        requireEtag(body.etag, shownIndex(before).etag, what, facts);
      } else if (body.etag !== undefined) throw new SluiceError('request.conflict', `${what} does not exist any more`, {});
      const lastModifySec = Math.floor(ctx.clock.nowMs() / 1000);
      await catalog.putIndex(
        params.project,
        params.logstore,
        { ...body.index, wire: wireOf(body.index), lastModifySec },
        before === null,
        ctx,
      );
      const { index: after } = logstoreOf(catalog, params);
      if (after === null) throw new SluiceError('request.conflict', `${what} was deleted at the same time`, {});
      return shownIndex(after);
    },
    async deleteIndex({ params, ctx }) {
      const { index, name } = logstoreOf(catalog, params);
      if (index === null) throw new SluiceError('request.not_found', `logstore ${name} has no index`, { resource: 'index', name });
      await catalog.deleteIndex(params.project, params.logstore, ctx);
    },

    async listShards({ params, ctx }) {
      return await shownShards(logstoreOf(catalog, params).id, ctx);
    },
    async splitShard({ params, body, ctx }) {
      const logstore = logstoreOf(catalog, params);
      if (body.at !== undefined && body.parts !== undefined)
        throw new SluiceError('request.invalid', 'at and parts exclude each other, expected one of them', {});
      await catalog.splitShard(logstore.id, shardOf(logstore, params.shard), body.at ?? body.parts ?? null, ctx);
      return await shownShards(logstore.id, ctx);
    },
    async mergeShard({ params, ctx }) {
      const logstore = logstoreOf(catalog, params);
      await catalog.mergeShards(logstore.id, shardOf(logstore, params.shard), ctx);
      return await shownShards(logstore.id, ctx);
    },
  };
}
