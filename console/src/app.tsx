import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { SignedIn } from './shell/signed-in.tsx';
import { PreferencesProvider } from './theme/preferences-provider.tsx';
import { isApiError } from './api/problem.ts';
import { router } from './router.tsx';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays a refusal; only no answer and "try later" are worth asking again, and pages poll anyway.
      retry: (failures, error) => failures < 2 && isApiError(error) && (error.status === 0 || error.status === 503),
      refetchOnWindowFocus: true,
    },
  },
});

export function App() {
  return (
    <PreferencesProvider>
      <QueryClientProvider client={queries}>
        <SignedIn>
          <RouterProvider router={router} />
        </SignedIn>
      </QueryClientProvider>
    </PreferencesProvider>
  );
}
