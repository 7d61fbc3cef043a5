import { z } from 'zod';
import { empty, json, type SlsOperation, type SlsRequest } from '../../operation.ts';
import { projectOf } from '../../resources.ts';
import { SlsError } from '../../sls-error.ts';
import { bodyOf } from './body.ts';

const TYPES = [
  'operation_log',
  'consumergroup_log',
  'logtail_alarm',
  'logtail_profile',
  'logtail_status',
  'metering',
  'scheduledsqlalert',
  'etl_alert',
];

const loggingBody = z.object({
  loggingProject: z.string(),
  loggingDetails: z.array(z.object({ type: z.string(), logstore: z.string() })),
});

function loggingOf(request: SlsRequest): z.output<typeof loggingBody> {
  const body = bodyOf(request, loggingBody, 'ParameterInvalid');
  for (const { type } of body.loggingDetails) if (!TYPES.includes(type)) throw new SlsError('ParameterInvalid', `Invalid type '${type}'`);
  return body;
}

const common = { path: '/logging', host: 'project', resource: 'project/{project}/logging' } as const;

/** Which service logs a project keeps, and where (sls-api §4.9). One per project, so it is stored under the project's name. */
export const loggingOperations: readonly SlsOperation[] = [
  {
    ...common,
    name: 'CreateLogging',
    method: 'POST',
    action: 'log:CreateLogging',
    async handle(request, services, ctx) {
      const { name } = projectOf(request, services);
      await services.control.objects.create(name, 'logging', name, loggingOf(request), 1, ctx);
      return empty();
    },
  },
  {
    ...common,
    name: 'UpdateLogging',
    method: 'PUT',
    action: 'log:UpdateLogging',
    async handle(request, services, ctx) {
      const { name } = projectOf(request, services);
      const body = loggingOf(request);
      await services.control.objects.update(name, 'logging', name, () => body, ctx);
      return empty();
    },
  },
  {
    ...common,
    name: 'GetLogging',
    method: 'GET',
    action: 'log:GetLogging',
    async handle(request, services, ctx) {
      const { name } = projectOf(request, services);
      return json((await services.control.objects.get(name, 'logging', name, ctx)).body);
    },
  },
  {
    ...common,
    name: 'DeleteLogging',
    method: 'DELETE',
    action: 'log:DeleteLogging',
    async handle(request, services, ctx) {
      const { name } = projectOf(request, services);
      await services.control.objects.delete(name, 'logging', name, ctx);
      return empty();
    },
  },
];
