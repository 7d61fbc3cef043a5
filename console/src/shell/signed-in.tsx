import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import type { Me } from '../../../src/api/rest/contract/session.ts';
import { call, setCsrfToken, whenSignedOut } from '../api/client.ts';
import { isApiError, type ApiError } from '../api/problem.ts';
import { SessionContext } from '../api/session.ts';
import { Problem } from '../kit/problem.tsx';

const SignInPage = lazy(() => import('../pages/sign-in/sign-in-page.tsx').then((page) => ({ default: page.SignInPage })));

type State =
  | { readonly at: 'asking' }
  | { readonly at: 'out' }
  | { readonly at: 'in'; readonly me: Me }
  | { readonly at: 'failed'; readonly error: ApiError };

/** How soon an unreachable server is asked again. */
const RETRY_MS = 3000;

/** Shows the pages to someone signed in, and the sign-in page in place to anyone else; the address stays. */
export function SignedIn({ children }: { readonly children: ReactNode }) {
  const [state, setState] = useState<State>({ at: 'asking' });
  const queries = useQueryClient();

  const enter = useCallback((me: Me) => {
    setCsrfToken(me.csrfToken);
    setState({ at: 'in', me });
  }, []);
  const ask = useCallback(async () => {
    try {
      enter(await call('me', {}));
    } catch (thrown) {
      if (isApiError(thrown)) setState(thrown.status === 401 ? { at: 'out' } : { at: 'failed', error: thrown });
      else throw thrown;
    }
  }, [enter]);

  useEffect(() => {
    whenSignedOut(() => {
      queries.clear();
      setState({ at: 'out' });
    });
    void ask();
  }, [ask, queries]);
  useEffect(() => {
    if (state.at !== 'failed') return;
    const timer = setInterval(() => void ask(), RETRY_MS);
    return () => clearInterval(timer);
  }, [state.at, ask]);

  const session = useMemo(
    () =>
      state.at === 'in'
        ? {
            me: state.me,
            refresh: ask,
            signOut: async () => {
              await call('closeSession', {});
              queries.clear();
              setCsrfToken(null);
              setState({ at: 'out' });
            },
          }
        : null,
    [state, ask, queries],
  );

  if (state.at === 'asking') return null;
  if (state.at === 'failed') return <Problem error={state.error} />;
  if (state.at === 'out') {
    return (
      <Suspense fallback={null}>
        <SignInPage onSignedIn={enter} />
      </Suspense>
    );
  }
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}
