import { useMemo } from 'react';
import { useCall } from '../../api/use-call.ts';
import type { RailField } from './field-rail.tsx';
import { fieldsSeen, type LogRow } from './log-rows.ts';

const BUILT_IN: readonly RailField[] = [
  { name: '__topic__', type: 'text', analytics: true, alias: '' },
  { name: '__source__', type: 'text', analytics: true, alias: '' },
];

/** Fields of a logstore: those of its index and those that only the rows shown have. */
export function useFields(project: string, logstore: string, rows: readonly LogRow[]) {
  const index = useCall('getIndex', { params: { project, logstore } }, { enabled: logstore !== '', staleMs: 60_000 });
  const seen = useMemo(() => fieldsSeen(rows), [rows]);
  const fields = useMemo(() => {
    const keys = index.data?.index.keys ?? {};
    const indexed = Object.entries(keys).map(([name, key]): RailField => ({
      name,
      type: key.type,
      analytics: key.docValue ?? true,
      alias: key.alias ?? '',
    }));
    const known = new Set([...indexed, ...BUILT_IN].map((field) => field.name));
    const others = [...seen.keys()]
      .filter((name) => !known.has(name))
      .map((name): RailField => ({ name, type: null, analytics: false, alias: '' }));
    return [...indexed, ...BUILT_IN, ...others.toSorted((a, b) => (a.name < b.name ? -1 : 1))];
  }, [index.data, seen]);
  return { fields, seen, hasIndex: index.error?.status !== 404 };
}
