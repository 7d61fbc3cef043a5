import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import type { AlertBody, AlertGroup } from '../../../../src/api/rest/contract/alerts.ts';
import { call, type CallArguments } from '../../api/client.ts';
import { usePages } from '../../api/use-call.ts';
import { flatRows, groupedRows, type QueueRow } from './alert-rows.ts';
import { ALERT_SPANS, type AlertGrouping, type AlertSpan } from './alerts-address.ts';

export type AlertQuery = NonNullable<CallArguments<'listAlerts'>['query']>;

interface QueueQuestion {
  readonly by: AlertGrouping;
  /** Without `from`: the span says it, and moves on with the clock. */
  readonly filters: AlertQuery;
  readonly span: AlertSpan | undefined;
  readonly everyMs: number;
}

/** How many groups are open before the reader opens any. */
const OPEN_GROUPS = 6;
/** Groups, and alerts of a group, that are read at once; a larger group is looked at in the list without groups. */
const GROUP_PAGE = 100;
/** The start of a span moves in steps, so that the same question keeps its answer meanwhile. */
const STEP_MS = 60_000;

/** Start of a span as the server wants it. */
export function fromOf(span: AlertSpan | undefined): string | undefined {
  if (span === undefined) return undefined;
  return new Date(Math.floor(Date.now() / STEP_MS) * STEP_MS - ALERT_SPANS[span] * 1000).toISOString();
}

/** The filters that narrow a queue to one of its groups. */
export function groupFilters(filters: AlertQuery, by: AlertGrouping, group: AlertGroup): AlertQuery {
  if (by === 'rule') return { ...filters, ruleId: group.key };
  return { ...filters, entity: group.key.slice(group.key.indexOf(':') + 1) };
}

/** Reads the alerts of a queue, by groups or as one list, and makes its lines. */
export function useQueue({ by, filters, span, everyMs }: QueueQuestion) {
  const query = { ...filters, from: fromOf(span) };
  const grouped = by !== 'none';
  const groups = usePages(
    'groupAlerts',
    { query: { ...query, pageSize: GROUP_PAGE, by: by === 'entity' ? 'entity' : 'rule' } },
    { everyMs, enabled: grouped },
  );
  const flat = usePages('listAlerts', { query: { ...query, pageSize: GROUP_PAGE } }, { everyMs, enabled: !grouped });
  const [opened, setOpened] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [whole, setWhole] = useState<ReadonlySet<string>>(new Set());

  const listed: readonly AlertGroup[] = groups.items;
  const isOpen = (group: AlertGroup, at: number) => opened.get(group.key) ?? at < OPEN_GROUPS;
  const open = grouped ? listed.filter(isOpen) : [];
  const members = useQueries({
    queries: open.map((group) => ({
      queryKey: ['listAlerts', 'group', groupFilters(filters, by, group), span],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        call('listAlerts', { query: { ...groupFilters(filters, by, group), from: fromOf(span), pageSize: GROUP_PAGE } }, signal),
      refetchInterval: everyMs,
      staleTime: 5000,
    })),
  });
  const known = new Map<string, readonly AlertBody[] | undefined>(open.map((group, at) => [group.key, members[at]?.data?.items]));
  const openKeys = new Set(open.map((group) => group.key));
  const rows: readonly QueueRow[] = grouped
    ? groupedRows(listed, (key) => ({ open: openKeys.has(key), whole: whole.has(key), alerts: known.get(key) }))
    : flatRows(flat.items);
  const alerts = rows.flatMap((row) => (row.kind === 'alert' ? [row.alert] : []));

  return {
    rows,
    alerts,
    list: grouped ? groups : flat,
    failed: members.find((member) => member.isError)?.error ?? null,
    toggle: (key: string, to?: boolean) => setOpened((before) => new Map([...before, [key, to ?? !openKeys.has(key)]])),
    showAll: (key: string) => setWhole((before) => new Set([...before, key])),
    /** All alerts of a group, also those not on the page; at most a thousand, the server's limit of one change. */
    membersOf: async (group: AlertGroup): Promise<readonly AlertBody[]> => {
      const page = await call('listAlerts', { query: { ...groupFilters(filters, by, group), from: fromOf(span), pageSize: 1000 } });
      return page.items;
    },
  };
}
