import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { call } from '../../api/client.ts';
import { isApiError } from '../../api/problem.ts';
import { count } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import type { RailField } from './field-rail.tsx';
import type { FieldSeen } from './log-rows.ts';
import { searchPart, sqlName } from './query-text.ts';
import type { Run } from './use-search.ts';

interface FieldPopoverProps {
  readonly field: RailField;
  readonly run: Run | null;
  readonly isColumn: boolean;
  readonly seen: FieldSeen | undefined;
  readonly rowCount: number;
  readonly topSeen: readonly { value: string; count: number }[];
  readonly onToggleColumn: () => void;
  readonly onFilter: (value: string, exclude: boolean) => void;
  readonly onChart: () => void;
}

interface TopValues {
  readonly values: readonly { value: string | null; count: number }[];
  readonly distinct: number;
  readonly total: number;
}

/** The ten most frequent values of a field over all matches, by two analyses. */
async function readTopValues(run: Run, field: RailField, signal: AbortSignal): Promise<TopValues> {
  const ask = (sql: string) =>
    call(
      'query',
      {
        params: { project: run.project, logstore: run.logstore },
        body: {
          query: `${searchPart(run.query)} | ${sql}`,
          from: new Date(run.fromMs).toISOString(),
          to: new Date(run.toMs).toISOString(),
        },
      },
      signal,
    );
  const name = sqlName(field.name);
  const [top, whole] = await Promise.all([
    ask(`select ${name} as v, count(*) as n group by ${name} order by n desc limit 10`),
    ask(`select approx_distinct(${name}) as d, count(*) as n`),
  ]);
  const totals = whole.rows[0] ?? [];
  return {
    values: top.rows.map(([value, n]) => ({ value: value ?? null, count: Number(n) })),
    distinct: Number(totals[0] ?? 0),
    total: Number(totals[1] ?? 0),
  };
}

/** What a field holds: its top values with shares, and what to do with each. */
export function FieldPopover({ field, run, isColumn, seen, rowCount, topSeen, onToggleColumn, onFilter, onChart }: FieldPopoverProps) {
  const { t } = useTranslation('search');
  const exact = useQuery({
    queryKey: ['top-values', run, field.name],
    enabled: run !== null && field.analytics,
    queryFn: ({ signal }) => {
      if (!run) throw new TypeError('no search to run');
      return readTopValues(run, field, signal);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const values =
    exact.data?.values ?? (field.analytics ? [] : topSeen.map(({ value, count: n }) => ({ value: value as string | null, count: n })));
  const total = exact.data?.total ?? rowCount;
  const distinct = exact.data?.distinct ?? seen?.distinct ?? 0;
  const percent = (n: number) => (total === 0 ? 0 : (n / total) * 100);
  return (
    <div className="sl-values">
      <div className="sl-values-head">
        <b className="mono">{field.name}</b>
        <span className="sl-type-chip">{field.type ?? t('fields.other').toLowerCase()}</span>
        <span className="grow" />
        {field.analytics && (
          <Button size="small" type="text" icon={<Icon name="chart" size={13} />} onClick={onChart}>
            {t('fields.chart')}
          </Button>
        )}
        <Button
          size="small"
          type={isColumn ? 'default' : 'text'}
          icon={<Icon name={isColumn ? 'check' : 'plus'} size={13} />}
          onClick={onToggleColumn}
        >
          {t('fields.addColumn')}
        </Button>
      </div>
      <div className="meta" style={{ marginTop: 4 }}>
        {exact.isLoading
          ? t('scanning')
          : isApiError(exact.error)
            ? exact.error.message
            : field.analytics
              ? `${distinct > 1000 ? t('fields.about') : ''}${t('fields.values', { count: distinct, shown: count(distinct), total: count(total) })}`
              : t('fields.notIndexed', { count: rowCount })}
        {seen && rowCount > 0 && ` ${t('fields.coverage', { share: `${Math.round((seen.rows / rowCount) * 100)} %` })}`}
      </div>
      <ul className="sl-values-list">
        {values.map(({ value, count: n }) => (
          <li key={value ?? '\u0000'}>
            <span className="mono ellipsis" title={value ?? ''}>
              {value === null || value === '' ? <span className="quiet">{t('fields.noValue')}</span> : value}
            </span>
            <span className="sl-values-bar">
              <div style={{ width: `${percent(n)}%` }} />
            </span>
            <span className="num">{count(n)}</span>
            <span className="num quiet">{percent(n).toFixed(1)} %</span>
            <span style={{ display: 'inline-flex' }}>
              {value !== null && (
                <>
                  <button
                    type="button"
                    className="sl-tool"
                    title={t('fields.include', { value })}
                    aria-label={t('fields.include', { value })}
                    onClick={() => onFilter(value, false)}
                  >
                    <Icon name="plusCircle" />
                  </button>
                  <button
                    type="button"
                    className="sl-tool"
                    title={t('fields.exclude', { value })}
                    aria-label={t('fields.exclude', { value })}
                    onClick={() => onFilter(value, true)}
                  >
                    <Icon name="minusCircle" />
                  </button>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}
