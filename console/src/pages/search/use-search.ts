import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { call } from '../../api/client.ts';
import type { ApiError } from '../../api/problem.ts';
import { firstPipe, searchPart } from './query-text.ts';
import { rowsOf } from './log-rows.ts';

/** A search that was run: its relative time is frozen to instants, so that pages and histogram agree. */
export interface Run {
  readonly project: string;
  readonly logstore: string;
  readonly query: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Grows with each run, so that the same search can be asked again. */
  readonly turn: number;
}

/** Rows per call: a screen and a half of margin for fast scrolling, and an answer of some 200 kB. */
const PAGE = 200;
/** What the server gives by offset; further rows are reached by narrowing the time. */
export const MOST_ROWS = 10_000;

const iso = (ms: number) => new Date(ms).toISOString();

export function isAnalysis(query: string): boolean {
  return firstPipe(query) >= 0;
}

/** Pages of a search, or the rows of an analysis. */
export function useSearchRows(run: Run | null) {
  const pages = useInfiniteQuery({
    queryKey: ['search', run],
    enabled: run !== null,
    queryFn: ({ signal, pageParam }) => {
      if (!run) throw new TypeError('no search to run');
      return call(
        'query',
        {
          params: { project: run.project, logstore: run.logstore },
          body: { query: run.query, from: iso(run.fromMs), to: iso(run.toMs), limit: PAGE, offset: pageParam, reverse: true },
        },
        signal,
      );
    },
    initialPageParam: 0,
    getNextPageParam: (last, all) => {
      const loaded = all.reduce((sum, page) => sum + page.rows.length, 0);
      return last.hasSql || last.rows.length < PAGE || loaded >= MOST_ROWS ? undefined : loaded;
    },
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
  const first = pages.data?.pages[0];
  const rows = useMemo(() => (first && !first.hasSql ? (pages.data?.pages ?? []).flatMap(rowsOf) : []), [pages.data, first]);
  return { ...pages, first, rows, error: pages.error as ApiError | null };
}

/** Matches over time of the search part. */
export function useHistogram(run: Run | null) {
  return useQuery({
    queryKey: ['histogram', run],
    enabled: run !== null,
    queryFn: ({ signal }) => {
      if (!run) throw new TypeError('no search to run');
      return call(
        'histogram',
        {
          params: { project: run.project, logstore: run.logstore },
          body: { query: searchPart(run.query), from: iso(run.fromMs), to: iso(run.toMs) },
        },
        signal,
      );
    },
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60_000,
  });
}
