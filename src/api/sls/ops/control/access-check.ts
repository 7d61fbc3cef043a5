import type { SlsRequest } from '../../operation.ts';
import type { SlsServices } from '../../services.ts';
import { SlsError } from '../../sls-error.ts';

/** For operations whose resource is named by the body. @throws SlsError Unauthorized */
export function requireAccess(request: SlsRequest, services: SlsServices, action: string, resource: string): void {
  const decision = services.access.allowed(request.caller, action, resource, request.facts);
  if (decision === 'denied_by_project') throw new SlsError('Unauthorized', 'Access denied by project policy.', 401);
  if (decision === 'denied')
    throw new SlsError('Unauthorized', `denied by sts or ram, action: ${action}, resource: acs:log:*:*:${resource}`, 401);
}
