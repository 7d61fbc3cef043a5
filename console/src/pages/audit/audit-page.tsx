import { Button, DatePicker } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditRecordBody } from '../../../../src/api/rest/contract/operations.ts';
import { usePages } from '../../api/use-call.ts';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { FindInput } from '../../kit/find-input.tsx';
import { KeyBar } from '../../kit/key-bar.tsx';
import { ListBody } from '../../kit/list-body.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { Updated } from '../../kit/updated.tsx';
import { When } from '../../kit/when.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import { AuditChain } from './audit-chain.tsx';
import { AuditPreview } from './audit-preview.tsx';
import '../../kit/form.css';

const EVERY_MS = 15_000;

/** Who did what, newest first, and whether the chain of hashes over it holds. */
export function AuditPage() {
  const { t } = useTranslation('audit');
  const [actor, setActor] = useState('');
  const [action, setAction] = useState('');
  const [range, setRange] = useState<readonly [Dayjs | null, Dayjs | null] | null>(null);
  const [open, setOpen] = useState<number | null>(null);
  const list = usePages(
    'listAudit',
    {
      query: {
        pageSize: 200,
        actor: actor || undefined,
        action: action || undefined,
        from: range?.[0]?.toDate().toISOString(),
        to: range?.[1]?.toDate().toISOString(),
      },
    },
    { everyMs: EVERY_MS },
  );
  const items: readonly AuditRecordBody[] = list.items;
  const at = items.findIndex((record) => record.seq === open);
  const shown = items[at];
  const move = (to: number) => {
    const next = items[Math.max(0, Math.min(items.length - 1, to))];
    if (next) setOpen(next.seq);
  };
  useHotkeys([
    { keys: 'j', does: t('keys.move'), run: () => move(at + 1) },
    { keys: 'k', run: () => move(at - 1) },
    { keys: ']', does: t('keys.panel'), run: () => (shown ? setOpen(null) : move(0)) },
    { keys: 'Escape', run: () => (shown ? setOpen(null) : false) },
  ]);
  const filtered = actor !== '' || action !== '' || range !== null;
  const columns: readonly Column<AuditRecordBody>[] = [
    { key: 'seq', title: t('columns.seq'), width: 64, render: (record) => <span className="mono quiet">{record.seq}</span> },
    {
      key: 'at',
      title: t('columns.at'),
      width: 160,
      render: (record) => <When at={record.at} />,
    },
    { key: 'actor', title: t('columns.actor'), width: 150, render: (record) => <span className="mono">{record.actor}</span> },
    { key: 'action', title: t('columns.action'), width: 200, render: (record) => <span className="mono strong">{record.action}</span> },
    {
      key: 'resource',
      title: t('columns.resource'),
      render: (record) => (
        <span className="mono" title={record.resource}>
          {record.resource}
        </span>
      ),
    },
    {
      key: 'outcome',
      title: t('columns.outcome'),
      width: 86,
      render: (record) => (
        <span className={record.outcome === 'ok' ? 'text2' : record.outcome === 'denied' ? 'warn strong-weight' : 'error strong-weight'}>
          {t(`outcomes.${record.outcome}`)}
        </span>
      ),
    },
    {
      key: 'hash',
      title: t('columns.hash'),
      width: 112,
      render: (record) => (
        <span className="mono quiet" title={record.hash}>
          {record.hash.slice(0, 12)}
        </span>
      ),
    },
  ];
  return (
    <div className="sl-page sl-page-surface">
      <PageHeader title={t('title')} note={<Updated atMs={list.dataUpdatedAt} failing={list.isRefetchError} everyMs={EVERY_MS} />} />
      <AuditChain />
      <div className="sl-filter-bar">
        <FindInput value={actor || undefined} hint={t('actor')} width={190} onFind={(found) => setActor(found ?? '')} />
        <FindInput value={action || undefined} hint={t('action')} width={190} onFind={(found) => setAction(found ?? '')} />
        <DatePicker.RangePicker
          showTime
          allowEmpty={[true, true]}
          placeholder={[t('from'), t('to')]}
          aria-label={t('range')}
          value={range === null ? null : [range[0], range[1]]}
          onChange={(next) => setRange(next)}
        />
        <span className="grow" />
        {filtered && (
          <Button
            type="text"
            onClick={() => {
              setActor('');
              setAction('');
              setRange(null);
            }}
          >
            {t('clear', { ns: 'common' })}
          </Button>
        )}
      </div>
      <div className="sl-split">
        <div className="sl-scroll">
          <ListBody list={list} rows={20} empty={<StateCard tone="empty" label={t('emptyLabel', { ns: 'common' })} title={t('empty')} />}>
            <DataTable
              label={t('title')}
              columns={shown ? columns.filter((column) => column.key !== 'hash') : columns}
              rows={items}
              rowKey={(record) => String(record.seq)}
              active={shown ? String(shown.seq) : null}
              onOpen={(record) => setOpen(record.seq)}
            />
          </ListBody>
        </div>
        {shown && (
          <AuditPreview
            record={shown}
            onPrevious={() => move(at - 1)}
            onNext={() => move(at + 1)}
            onClose={() => setOpen(null)}
            onActor={setActor}
            onAction={setAction}
          />
        )}
      </div>
      <KeyBar
        left={t('shown', { count: items.length })}
        hints={[
          { keys: ['J', 'K'], does: t('keys.move') },
          { keys: [']'], does: t('keys.panel') },
        ]}
      />
    </div>
  );
}
