import { createContext, useContext } from 'react';
import type { Me } from '../../../src/api/rest/contract/session.ts';

const RANK = ['viewer', 'analyst', 'admin', 'owner'] as const;

export interface Session {
  readonly me: Me;
  readonly refresh: () => Promise<void>;
  readonly signOut: () => Promise<void>;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs a signed-in page above it');
  return session;
}

/** Whether the person may do what needs a role; controls that they may not use are left out or explained. */
export function useMay(role: Me['role']): boolean {
  const { me } = useSession();
  return RANK.indexOf(me.role) >= RANK.indexOf(role);
}
