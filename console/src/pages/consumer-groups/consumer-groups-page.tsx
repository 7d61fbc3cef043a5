import { getRouteApi } from '@tanstack/react-router';
import { Button, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.ts';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { FilterPill } from '../../kit/filter-pill.tsx';
import { count, duration } from '../../kit/format.ts';
import { KeyBar } from '../../kit/key-bar.tsx';
import { ListBody } from '../../kit/list-body.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { Updated } from '../../kit/updated.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import { GroupStateText } from './group-state-text.tsx';
import { GROUP_STATES, groupState } from './group-state.ts';
import { GroupPreview } from './group-preview.tsx';
import type { GroupsAddress } from './groups-address.ts';
import { NewGroup } from './new-group.tsx';
import { useGroups, type GroupOfStore } from './use-groups.ts';
import '../../kit/form.css';

const route = getRouteApi('/consumer-groups');
const EVERY_MS = 10_000;

const keyOf = (item: GroupOfStore) => `${item.project}/${item.logstore}/${item.group.name}`;

/** Who consumes which logstore, how far each is, and the way to move a position. */
export function ConsumerGroupsPage() {
  const { t } = useTranslation('groups');
  const address = route.useSearch();
  const stay = route.useNavigate();
  const mayChange = useMay('admin');
  const [states, setStates] = useState<readonly string[]>([]);
  const [adding, setAdding] = useState(false);
  const asked = useGroups(address.store, EVERY_MS);
  const items = asked.groups
    .filter((item) => states.length === 0 || states.includes(groupState(item.group)))
    .toSorted((a, b) => (b.group.lagSec ?? Infinity) - (a.group.lagSec ?? Infinity) || keyOf(a).localeCompare(keyOf(b)));
  const at = items.findIndex((item) => keyOf(item) === address.open);
  const shown = items[at];

  const go = (next: Partial<GroupsAddress>) => void stay({ search: (before) => ({ ...before, ...next }), replace: true });
  const move = (to: number) => {
    const next = items[Math.max(0, Math.min(items.length - 1, to))];
    if (next) go({ open: keyOf(next) });
  };
  useHotkeys([
    { keys: 'j', does: t('keys.move'), run: () => move(at + 1) },
    { keys: 'k', run: () => move(at - 1) },
    { keys: ']', does: t('keys.panel'), run: () => (shown ? go({ open: undefined }) : move(0)) },
    { keys: 'Escape', run: () => (shown ? go({ open: undefined }) : false) },
  ]);

  const columns: readonly Column<GroupOfStore>[] = [
    {
      key: 'group',
      title: t('columns.group'),
      render: ({ group }) => <span className="mono ellipsis strong">{group.name}</span>,
    },
    {
      key: 'logstore',
      title: t('columns.logstore'),
      render: (item) => (
        <span className="mono" title={`${item.project}/${item.logstore}`}>
          {item.logstore} <span className="quiet">{item.project}</span>
        </span>
      ),
    },
    { key: 'members', title: t('columns.members'), width: 76, align: 'right', render: ({ group }) => group.consumers.length },
    {
      key: 'behind',
      title: t('columns.behind'),
      width: 110,
      align: 'right',
      render: ({ group }) => (group.lagGroups === null ? <span className="quiet">{t('unknown')}</span> : count(group.lagGroups)),
    },
    {
      key: 'lag',
      title: t('columns.lag'),
      width: 104,
      align: 'right',
      render: ({ group }) =>
        group.lagSec === null ? (
          <span className="quiet">{t('unknown')}</span>
        ) : group.lagSec === 0 ? (
          <span className="quiet">0</span>
        ) : (
          duration(group.lagSec * 1000)
        ),
    },
    {
      key: 'state',
      title: t('columns.state'),
      width: 190,
      render: ({ group }) => <GroupStateText state={groupState(group)} />,
    },
  ];

  return (
    <div className="sl-page sl-page-surface">
      <PageHeader title={t('title')} note={<Updated atMs={asked.updatedAt} failing={asked.failing} everyMs={EVERY_MS} />}>
        <Button disabled={!mayChange} onClick={() => setAdding(!adding)} data-testid="new-group">
          {t('newGroup')}
        </Button>
      </PageHeader>
      <div className="sl-filter-bar">
        <Select
          showSearch
          allowClear
          placeholder={t('allStores')}
          aria-label={t('logstore')}
          value={address.store}
          onChange={(store: string | undefined) => go({ store, open: undefined })}
          options={asked.stores.map((store) => ({ value: `${store.project}/${store.name}`, label: `${store.project} / ${store.name}` }))}
          style={{ width: 300 }}
        />
        <FilterPill
          name={t('state')}
          chosen={states}
          onChange={setStates}
          options={GROUP_STATES.map((state) => ({ value: state, label: t(`states.${state}`), text: t(`states.${state}`) }))}
        />
      </div>
      {adding && <NewGroup stores={asked.stores} store={address.store} onDone={() => setAdding(false)} />}
      <div className="sl-split">
        <div className="sl-scroll">
          <ListBody
            list={{ items, error: asked.error, isPending: asked.isPending && asked.groups.length === 0 }}
            rows={10}
            empty={
              <StateCard
                tone="empty"
                label={t('emptyLabel', { ns: 'common' })}
                title={asked.groups.length === 0 ? t('empty') : t('emptyFiltered')}
              >
                {asked.groups.length === 0 ? t('emptyBody') : undefined}
              </StateCard>
            }
          >
            <DataTable
              label={t('title')}
              columns={columns}
              rows={items}
              rowKey={keyOf}
              active={shown ? keyOf(shown) : null}
              onOpen={(item) => go({ open: keyOf(item) })}
            />
          </ListBody>
        </div>
        {shown && (
          <GroupPreview
            key={keyOf(shown)}
            item={shown}
            mayChange={mayChange}
            onPrevious={() => move(at - 1)}
            onNext={() => move(at + 1)}
            onClose={() => go({ open: undefined })}
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
