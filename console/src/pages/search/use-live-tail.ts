import { useEffect, useRef, useState } from 'react';
import { call } from '../../api/client.ts';
import { isApiError } from '../../api/problem.ts';
import { rowsOf, type LogRow } from './log-rows.ts';
import { searchPart } from './query-text.ts';
import type { Run } from './use-search.ts';

const EVERY_MS = 1000;
/** Each turn looks back this far again: logs of several senders do not arrive in order of their time. */
const OVERLAP_MS = 30_000;
/** Above this the stream is too fast to read; the newest are shown and the page says so. */
const PER_TURN = 500;
const KEPT = 2000;

export interface LiveTail {
  readonly rows: readonly LogRow[];
  /** Came in while the list was held; null: it flows. */
  readonly waiting: readonly LogRow[];
  readonly perSec: number;
  /** A turn brought more than is shown. */
  readonly sampled: boolean;
  readonly problem: string | null;
  release(): void;
}

/**
 * Follows a search: asks for what came since, newest first, each log once.
 * @param held new logs wait (a row is open, something is selected, or the list is scrolled) instead of moving the list
 */
export function useLiveTail(run: Run | null, on: boolean, held: boolean): LiveTail {
  const [rows, setRows] = useState<readonly LogRow[]>([]);
  const [waiting, setWaiting] = useState<readonly LogRow[]>([]);
  const [perSec, setPerSec] = useState(0);
  const [sampled, setSampled] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const hold = useRef(held);
  hold.current = held;

  useEffect(() => {
    setRows([]);
    setWaiting([]);
    setProblem(null);
    if (!on || !run) return;
    const stop = new AbortController();
    const seen = new Set<string>();
    let sinceMs = Date.now() - EVERY_MS;
    let timer = 0;
    const turn = async () => {
      const nowMs = Date.now();
      try {
        const answer = await call(
          'query',
          {
            params: { project: run.project, logstore: run.logstore },
            body: {
              query: searchPart(run.query),
              from: new Date(sinceMs - OVERLAP_MS).toISOString(),
              to: new Date(nowMs + OVERLAP_MS).toISOString(),
              limit: PER_TURN,
              offset: 0,
              reverse: true,
            },
          },
          stop.signal,
        );
        const fresh = rowsOf(answer).filter((row) => !seen.has(row.id));
        for (const row of fresh) seen.add(row.id);
        setPerSec(fresh.length / (EVERY_MS / 1000));
        setSampled(answer.rows.length >= PER_TURN && fresh.length >= PER_TURN);
        setProblem(null);
        if (fresh.length > 0) {
          if (hold.current) setWaiting((before) => [...fresh, ...before].slice(0, KEPT));
          else setRows((before) => [...fresh, ...before].slice(0, KEPT));
        }
        sinceMs = nowMs;
      } catch (thrown) {
        if (stop.signal.aborted) return;
        setProblem(isApiError(thrown) ? thrown.message : String(thrown));
      }
      if (!stop.signal.aborted) timer = window.setTimeout(() => void turn(), EVERY_MS);
    };
    void turn();
    return () => {
      stop.abort();
      window.clearTimeout(timer);
    };
  }, [on, run]);

  const release = () => {
    setRows((before) => [...waiting, ...before].slice(0, KEPT));
    setWaiting([]);
  };
  return { rows, waiting, perSec, sampled, problem, release };
}
