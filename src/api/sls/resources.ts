import type { LogstoreInfo, ProjectInfo, ShardInfo } from '../../control/catalog.ts';
import type { SlsRequest } from './operation.ts';
import type { SlsServices } from './services.ts';
import { SlsError } from './sls-error.ts';

/** The project of the host. @throws SlsError ProjectNotExist */
export function projectOf(request: SlsRequest, services: SlsServices): ProjectInfo {
  const name = request.project ?? '';
  const project = services.catalog.project(name);
  if (project === null) throw new SlsError('ProjectNotExist', `The Project does not exist : ${name}`, 404);
  return project;
}

/** The logstore `{ls}` of the path. @throws SlsError LogStoreNotExist ProjectNotExist */
export function logstoreOf(request: SlsRequest, services: SlsServices): LogstoreInfo {
  const name = request.params['ls'] ?? '';
  const logstore = services.catalog.logstore(request.project ?? '', name);
  if (logstore === null) {
    projectOf(request, services);
    throw new SlsError('LogStoreNotExist', `logstore ${name} does not exist`, 404);
  }
  return logstore;
}

/** The shard `{shard}` of the path. @throws SlsError ParameterInvalid ShardNotExist */
export function shardOf(request: SlsRequest, services: SlsServices, logstore: LogstoreInfo): ShardInfo {
  const text = request.params['shard'] ?? '';
  if (!/^\d{1,9}$/.test(text)) throw new SlsError('ParameterInvalid', `shard ${text} is invalid, expected a number`);
  const id = Number(text);
  const shard = services.catalog.shards(logstore.id).find((s) => s.shard === id);
  if (shard === undefined) throw new SlsError('ShardNotExist', `shard ${id} does not exist`);
  return shard;
}
