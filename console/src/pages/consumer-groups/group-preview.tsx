import { Link } from '@tanstack/react-router';
import { App, Button, DatePicker, Radio, Select } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/use-call.ts';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { Facts } from '../../kit/facts.tsx';
import { count, dateTime, duration } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { Preview, PreviewSection } from '../../kit/preview.tsx';
import { Problem } from '../../kit/problem.tsx';
import { TypedConfirm } from '../../kit/typed-confirm.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { GroupStateText } from './group-state-text.tsx';
import { groupState } from './group-state.ts';
import type { GroupOfStore } from './use-groups.ts';

type ShardRow = GroupOfStore['group']['shards'][number];

interface GroupPreviewProps {
  readonly item: GroupOfStore;
  readonly mayChange: boolean;
  readonly onPrevious: () => void;
  readonly onNext: () => void;
  readonly onClose: () => void;
}

/** Progress of a group shard by shard; its checkpoints can be moved only after its name was typed. */
export function GroupPreview({ item, mayChange, onPrevious, onNext, onClose }: GroupPreviewProps) {
  const { t } = useTranslation('groups');
  const { zone } = usePreferences();
  const { message } = App.useApp();
  const { group } = item;
  const [act, setAct] = useState<'reset' | 'delete' | null>(null);
  const [to, setTo] = useState<'begin' | 'end' | 'time'>('begin');
  const [time, setTime] = useState<Dayjs | null>(null);
  const [shard, setShard] = useState<number | undefined>(undefined);
  const params = { project: item.project, logstore: item.logstore, group: group.name };
  const reset = useChange('resetConsumerGroup', ['listConsumerGroups', 'overview']);
  const remove = useChange('deleteConsumerGroup', ['listConsumerGroups', 'overview']);
  const refused = reset.error ?? remove.error;
  const target = to === 'time' ? (time === null ? null : time.toDate().toISOString()) : to;

  const columns: readonly Column<ShardRow>[] = [
    { key: 'shard', title: t('columns.shard'), width: 62, render: (row) => <span className="mono">{row.shard}</span> },
    {
      key: 'member',
      title: t('columns.member'),
      render: (row) => (row.consumer === '' ? <span className="quiet">–</span> : <span className="mono">{row.consumer}</span>),
    },
    {
      key: 'saved',
      title: t('columns.saved'),
      width: 162,
      render: (row) =>
        row.checkpointAt === null ? (
          <span className="quiet">{t('none')}</span>
        ) : (
          <span className="mono" title={t('columns.checkpoint') + ' ' + (row.checkpoint ?? t('unknown'))}>
            {dateTime(new Date(row.checkpointAt), zone)}
          </span>
        ),
    },
    {
      key: 'behind',
      title: t('columns.behind'),
      width: 116,
      align: 'right',
      render: (row) => (row.lagGroups === null ? <span className="quiet">{t('unknown')}</span> : count(row.lagGroups)),
    },
    {
      key: 'lag',
      title: t('columns.lag'),
      width: 100,
      align: 'right',
      render: (row) =>
        row.lagSec === null ? (
          <span className="quiet">{t('unknown')}</span>
        ) : row.lagSec === 0 ? (
          <span className="quiet">0</span>
        ) : (
          duration(row.lagSec * 1000)
        ),
    },
  ];

  return (
    <Preview
      label={t('preview')}
      width={560}
      head={<GroupStateText state={groupState(group)} />}
      title={<span className="mono sl-mono-title">{group.name}</span>}
      note={
        <Link to="/stores/$project/$logstore" params={{ project: item.project, logstore: item.logstore }} className="mono">
          {item.project}/{item.logstore}
        </Link>
      }
      onPrevious={onPrevious}
      onNext={onNext}
      onClose={onClose}
      actions={
        mayChange ? (
          <>
            <Button onClick={() => setAct('reset')} data-testid="reset-group">
              {t('reset')}
            </Button>
            <Button danger onClick={() => setAct('delete')}>
              {t('delete')}
            </Button>
          </>
        ) : undefined
      }
    >
      {refused && <Problem error={refused} />}
      <section className="sl-preview-flush">
        <DataTable label={t('shards')} columns={columns} rows={group.shards} rowKey={(row) => String(row.shard)} />
      </section>
      <PreviewSection title={t('members')} extra={<span className="meta">{group.consumers.length}</span>}>
        {group.consumers.length === 0 ? (
          <span className="quiet">{t('noMembers', { seconds: group.timeoutSec })}</span>
        ) : (
          group.consumers.map((name) => (
            <div key={name} className="sl-preview-row">
              <Icon name="process" size={14} className="quiet" />
              <span className="mono ellipsis grow">{name}</span>
              <span className="meta">
                {t('columns.shard')}{' '}
                {group.shards
                  .filter((row) => row.consumer === name)
                  .map((row) => row.shard)
                  .join(', ')}
              </span>
            </div>
          ))
        )}
      </PreviewSection>
      <PreviewSection title={t('settings')}>
        <Facts
          items={[
            [t('heartbeat'), t('seconds', { count: group.timeoutSec })],
            [t('order'), group.inOrder ? t('ordered') : t('unordered')],
            [
              t('created'),
              group.createdAt === null ? t('unknown') : <span className="mono">{dateTime(new Date(group.createdAt), zone)}</span>,
            ],
          ]}
        />
      </PreviewSection>
      <TypedConfirm
        open={act === 'reset'}
        title={t('resetTitle', { group: group.name })}
        word={group.name}
        action={t('resetGo', { group: group.name })}
        ready={target !== null}
        busy={reset.isPending}
        onClose={() => setAct(null)}
        onConfirm={() => {
          if (target === null) return;
          reset.mutate(
            { params, body: { to: target, ...(shard === undefined ? {} : { shard }) } },
            { onSuccess: () => void message.success(t('moved')), onSettled: () => setAct(null) },
          );
        }}
      >
        <div className="sl-form">
          <div className="sl-form-item">
            <span>{t('resetTo')}</span>
            <Radio.Group
              value={to}
              onChange={(event) => setTo(event.target.value as typeof to)}
              options={[
                { value: 'begin', label: t('resetBegin') },
                { value: 'time', label: t('resetTime') },
                { value: 'end', label: t('resetEnd') },
              ]}
            />
            {to === 'time' && <DatePicker showTime value={time} onChange={(value) => setTime(value)} aria-label={t('resetTime')} />}
          </div>
          <div className="sl-form-item">
            <span>{t('resetShard')}</span>
            <Select<number | 'all'>
              value={shard ?? 'all'}
              onChange={(value) => setShard(value === 'all' ? undefined : value)}
              options={[
                { value: 'all' as const, label: t('resetAll') },
                ...group.shards.map((row) => ({ value: row.shard, label: t('resetOne', { shard: row.shard }) })),
              ]}
              aria-label={t('resetShard')}
              style={{ width: 180 }}
            />
          </div>
          <div className="warn">
            {to === 'begin' ? t('resetBackNote') : to === 'end' ? t('resetEndNote') : t('resetTimeNote')}
            {group.consumers.length > 0 && <div>{t('resetLive')}</div>}
          </div>
        </div>
      </TypedConfirm>
      <TypedConfirm
        open={act === 'delete'}
        title={t('deleteTitle', { group: group.name })}
        word={group.name}
        action={t('deleteGo', { group: group.name })}
        busy={remove.isPending}
        onClose={() => setAct(null)}
        onConfirm={() => remove.mutate({ params }, { onSuccess: onClose, onSettled: () => setAct(null) })}
      >
        {t('deleteNote')}
      </TypedConfirm>
    </Preview>
  );
}
