import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { count } from '../../kit/format.ts';
import { StateCard } from '../../kit/state-card.tsx';
import { searchPart } from './query-text.ts';
import { useRangeText } from './time-picker.tsx';
import { RELATIVE_RANGES, parseRange, type TimeRange } from './time-range.ts';
import type { Run } from './use-search.ts';

interface EmptyResultProps {
  readonly run: Run;
  readonly range: TimeRange;
  readonly onRange: (range: TimeRange) => void;
  readonly onQuery: (query: string) => void;
}

/** Nothing matched: what was searched, and the two cheapest next steps with a real count. */
export function EmptyResult({ run, range, onRange, onQuery }: EmptyResultProps) {
  const { t } = useTranslation('search');
  const text = useRangeText();
  const span = run.toMs - run.fromMs;
  const wider =
    RELATIVE_RANGES.find((item) => ['24h', '7d', '30d'].includes(item) && (parseRange(item) as { ms: number }).ms > span * 1.5) ?? '30d';
  const widerRange = parseRange(wider) ?? range;
  const more = useQuery({
    queryKey: ['empty-wider', run, wider],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      call(
        'histogram',
        {
          params: { project: run.project, logstore: run.logstore },
          body: {
            query: searchPart(run.query),
            from: new Date(run.toMs - (widerRange.kind === 'relative' ? widerRange.ms : 0)).toISOString(),
            to: new Date(run.toMs).toISOString(),
          },
        },
        signal,
      ),
  });
  const search = searchPart(run.query);
  return (
    <StateCard
      tone="empty"
      label={t('emptyLabel', { ns: 'common' })}
      title={t('empty.title', { range: text(range) })}
      actions={
        <>
          <Button onClick={() => onRange(widerRange)}>{t('empty.searchWider', { span: t(`spans.${wider}`) })}</Button>
          {search !== '*' && <Button onClick={() => onQuery('*')}>{t('empty.searchAll')}</Button>}
        </>
      }
    >
      {more.data &&
        (more.data.total > 0
          ? t('empty.wider', { search, count: more.data.total, span: t(`spans.${wider}`) }).replace(
              String(more.data.total),
              count(more.data.total),
            )
          : t('empty.widerNone', { search, span: t(`spans.${wider}`) }))}
    </StateCard>
  );
}
