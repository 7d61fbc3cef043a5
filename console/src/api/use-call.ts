import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { RouteName } from '../../../src/api/rest/contract/routes.ts';
import { call, type Answer, type CallArguments } from './client.ts';
import type { ApiError } from './problem.ts';

interface CallOptions {
  readonly enabled?: boolean;
  /** Asks again this often while the page is seen; old data stays meanwhile. */
  readonly everyMs?: number;
  readonly staleMs?: number;
}

/** Reads an operation. The old answer stays on the screen while a changed question is asked. */
export function useCall<N extends RouteName>(name: N, given: CallArguments<N>, options: CallOptions = {}) {
  return useQuery<Answer<N>, ApiError>({
    queryKey: [name, given],
    queryFn: ({ signal }) => call(name, given, signal),
    enabled: options.enabled ?? true,
    staleTime: options.staleMs ?? 5_000,
    placeholderData: keepPreviousData,
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
  });
}

type Page<N extends RouteName> = Answer<N> extends { readonly items: readonly (infer Item)[] } ? Item : never;

/** Reads a list page by page. */
export function usePages<N extends RouteName>(name: N, given: CallArguments<N>, options: CallOptions = {}) {
  const pages = useInfiniteQuery({
    queryKey: [name, 'pages', given],
    queryFn: ({ signal, pageParam }) => {
      const { query: asked } = given as { readonly query?: Readonly<Record<string, unknown>> };
      const query = { ...asked, ...(pageParam === '' ? {} : { pageToken: pageParam }) };
      return call(name, { ...(given as object), query } as CallArguments<N>, signal);
    },
    initialPageParam: '',
    getNextPageParam: (last) => (last as { nextPageToken?: string }).nextPageToken || undefined,
    enabled: options.enabled ?? true,
    staleTime: options.staleMs ?? 5_000,
    placeholderData: keepPreviousData,
    ...(options.everyMs === undefined ? {} : { refetchInterval: options.everyMs }),
  });
  const items = pages.data?.pages.flatMap((page) => (page as unknown as { items: Page<N>[] }).items) ?? [];
  return { ...pages, error: pages.error as ApiError | null, items };
}

/** Changes something; the lists named are asked again afterwards. */
export function useChange<N extends RouteName>(name: N, refresh: readonly RouteName[] = []) {
  const client = useQueryClient();
  return useMutation<Answer<N>, ApiError, CallArguments<N>>({
    mutationFn: (given) => call(name, given),
    onSettled: () => Promise.all(refresh.map((other) => client.invalidateQueries({ queryKey: [other] }))),
  });
}
