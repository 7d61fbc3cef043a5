import { Button, Popconfirm } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Logstore, Shard } from '../../../../src/api/rest/contract/logstores.ts';
import { useCall, useChange } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { bytes, count, dateTime } from '../../kit/format.ts';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { rangeOf, rightNeighbour } from './key-range.ts';

const EVERY_MS = 10_000;
const BAR = 180;

/** Where logs land: hash ranges, what the stream keeps of each, and how they are divided. */
export function ShardsTab({ store, mayChange }: { readonly store: Logstore; readonly mayChange: boolean }) {
  const { t } = useTranslation('stores');
  const { zone } = usePreferences();
  const params = { project: store.project, logstore: store.name };
  const asked = useCall('listShards', { params }, { everyMs: EVERY_MS });
  const refresh = ['listShards', 'getLogstore', 'listAllLogstores'] as const;
  const split = useChange('splitShard', refresh);
  const merge = useChange('mergeShard', refresh);
  if (asked.error && !asked.data) return <Problem error={asked.error} />;
  if (!asked.data) return <SkeletonRows rows={4} height={30} />;
  const shards = asked.data.items;
  const refused = split.error ?? merge.error;
  const columns: readonly Column<Shard>[] = [
    { key: 'shard', title: t('columns.shard'), width: 64, render: (shard) => <span className="mono">{shard.shard}</span> },
    {
      key: 'range',
      title: t('columns.range'),
      width: BAR + 24,
      render: (shard) => {
        const { from, to } = rangeOf(shard);
        return (
          <svg width={BAR} height="12" role="img" aria-label={t('rangeLabel', { from: shard.beginKey, to: shard.endKey })}>
            <title>{t('rangeLabel', { from: shard.beginKey, to: shard.endKey })}</title>
            <rect y="4" width={BAR} height="4" rx="2" fill="var(--sl-track)" />
            <rect
              x={from * BAR}
              y="2"
              width={Math.max(2, (to - from) * BAR)}
              height="8"
              rx="2"
              fill={shard.status === 'readwrite' ? 'var(--sl-bar)' : 'var(--sl-border-strong)'}
            />
          </svg>
        );
      },
    },
    {
      key: 'keys',
      title: t('columns.from'),
      render: (shard) => (
        <span className="mono quiet" title={`${shard.beginKey} – ${shard.endKey}`}>
          {shard.beginKey.slice(0, 8)}… – {shard.endKey.slice(0, 8)}…
        </span>
      ),
    },
    {
      key: 'groups',
      title: t('columns.groups'),
      width: 112,
      align: 'right',
      render: (shard) => count(Number(BigInt(shard.end) - BigInt(shard.begin))),
    },
    { key: 'bytes', title: t('columns.bytes'), width: 84, align: 'right', render: (shard) => bytes(shard.bytes) },
    {
      key: 'newest',
      title: t('columns.newest'),
      width: 168,
      render: (shard) =>
        shard.newestAt === null ? (
          <span className="quiet">–</span>
        ) : (
          <span className="mono">{dateTime(new Date(shard.newestAt), zone)}</span>
        ),
    },
    {
      key: 'parents',
      title: t('columns.parents'),
      width: 76,
      render: (shard) =>
        shard.parents.length === 0 ? <span className="quiet">–</span> : <span className="mono">{shard.parents.join(', ')}</span>,
    },
    {
      key: 'status',
      title: t('columns.status'),
      width: 100,
      render: (shard) => (shard.status === 'readwrite' ? t('readwrite') : <span className="quiet">{t('readonly')}</span>),
    },
    {
      key: 'do',
      title: '',
      width: 150,
      align: 'right',
      render: (shard) => {
        if (shard.status !== 'readwrite' || !mayChange) return null;
        const neighbour = rightNeighbour(shard, shards);
        const given = { params: { ...params, shard: String(shard.shard) } };
        return (
          <span className="sl-row-actions">
            <Popconfirm
              title={t('splitTitle', { shard: shard.shard })}
              description={t('splitBody')}
              okText={t('split')}
              cancelText={t('cancel', { ns: 'common' })}
              onConfirm={() => split.mutate({ ...given, body: {} })}
            >
              <Button size="small" type="text" data-testid={`split-${shard.shard}`}>
                {t('split')}
              </Button>
            </Popconfirm>
            {neighbour && (
              <Popconfirm
                title={t('mergeTitle', { shard: shard.shard, other: neighbour.shard })}
                description={t('mergeBody')}
                okText={t('merge')}
                cancelText={t('cancel', { ns: 'common' })}
                onConfirm={() => merge.mutate(given)}
              >
                <Button size="small" type="text">
                  {t('merge')}
                </Button>
              </Popconfirm>
            )}
          </span>
        );
      },
    },
  ];
  const writable = shards.filter((shard) => shard.status === 'readwrite').length;
  return (
    <>
      {refused && <Problem error={refused} />}
      <Card
        title={t('tabs.shards')}
        note={[
          t('writable', { count: writable }),
          store.autoSplit ? t('autoSplitTo', { max: store.maxSplitShard }) : t('autoSplitOff'),
        ].join(', ')}
        flush
      >
        <DataTable label={t('tabs.shards')} columns={columns} rows={shards} rowKey={(shard) => String(shard.shard)} />
      </Card>
    </>
  );
}
