import type { Role } from '../../../../src/api/rest/contract/base.ts';

/** Each may do what the ones before may. */
export const ROLES: readonly Role[] = ['viewer', 'analyst', 'admin', 'owner'];

/** The roles a person may give: their own and those below it. */
export function rolesUpTo(role: Role): readonly Role[] {
  return ROLES.slice(0, ROLES.indexOf(role) + 1);
}
