import { SluiceError } from '../core/errors.ts';
import type { LogstoreInfo, NewLogstore } from './catalog.ts';

/** Names and limits of projects and logstores, as SLS has them (sls-api §4.1, §4.2). Each check throws request.invalid with details.resource and details.name. */

const MODES = ['standard', 'query', 'lite'];
const PROFILES: readonly LogstoreInfo['profile'][] = ['balanced', 'search', 'compact'];

const invalid = (resource: string, name: string, message: string): SluiceError =>
  new SluiceError('request.invalid', message, { resource, name });

export function checkProjectName(name: string): void {
  if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name))
    throw invalid('project', name, `project name ${name} is invalid, expected 3 to 63 of a-z 0-9 - with a letter or digit at both ends`);
  // The agents' own project; the vendor answers as if it existed.
  if (name === 'logtail') throw new SluiceError('request.conflict', `project ${name} already exists`, { resource: 'project', name });
}

export function checkProjectDescription(description: string): void {
  if (description.length > 64 || /[<>'"\\]/.test(description))
    throw invalid('project', description, `Invalid project description: '${description}'`);
}

export function checkLogstoreName(name: string): void {
  if (!/^[a-z0-9][a-z0-9_-]{0,61}[a-z0-9]$/.test(name)) throw invalid('logstore', name, `logstore name ${name} is invalid`);
}

export function checkLogstoreSpec(spec: Omit<NewLogstore, 'name'> & { readonly name: string }, maxShards: number): void {
  const { name } = spec;
  const whole = (field: string, value: number, min: number, max: number): void => {
    if (!Number.isInteger(value) || value < min || value > max)
      throw invalid('logstore', name, `${field} must be within range [${min}, ${max}], but is ${value}`);
  };
  whole('ttl', spec.ttlDays, 1, 3650);
  whole('shardCount', spec.shardCount, 1, maxShards);
  if (spec.maxSplitShard !== undefined) whole('maxSplitShard', spec.maxSplitShard, 1, 256);
  if (spec.mode !== undefined && !MODES.includes(spec.mode))
    throw invalid('logstore', name, `logstore mode ${spec.mode} is invalid, expected one of ${MODES.join(', ')}`);
  if (spec.profile !== undefined && !PROFILES.includes(spec.profile))
    throw invalid('logstore', name, `index profile ${spec.profile} is invalid, expected one of ${PROFILES.join(', ')}`);
}
