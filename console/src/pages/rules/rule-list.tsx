import { Button, Switch } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { splitList } from '../../api/address.ts';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { FilterPill } from '../../kit/filter-pill.tsx';
import { FindInput } from '../../kit/find-input.tsx';
import { KeyBar } from '../../kit/key-bar.tsx';
import { ListBody, type ReadList } from '../../kit/list-body.tsx';
import { PageHeader } from '../../kit/page-header.tsx';
import { Problem } from '../../kit/problem.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { Updated } from '../../kit/updated.tsx';
import { useUndo } from '../../kit/use-undo.tsx';
import { useHotkeys } from '../../shell/hotkeys.ts';
import type { RuleListAddress } from './rule-list-address.ts';
import '../../kit/form.css';

const NEW = 'new';

interface ListedRule {
  readonly id: string;
  readonly etag: string;
  readonly enabled: boolean;
}

/** What the panel of an open rule is given. */
export interface RulePlace {
  readonly id: string;
  readonly mayChange: boolean;
  readonly onPrevious: () => void;
  readonly onNext: () => void;
  readonly onClose: () => void;
  readonly onOpen: (id: string) => void;
  readonly onToggle: () => void;
}

interface RuleListProps<Rule extends ListedRule> {
  readonly title: string;
  /** Said in the empty search. */
  readonly findHint: string;
  readonly list: ReadList<Rule> & { readonly dataUpdatedAt: number; readonly isRefetchError: boolean };
  readonly everyMs: number;
  readonly address: RuleListAddress;
  readonly go: (next: Partial<RuleListAddress>) => void;
  /** The filter that only this list has, whether it is set, and how it is taken away. */
  readonly ownFilter: ReactNode;
  readonly ownFiltered: boolean;
  readonly onClearOwn: () => void;
  /** All but the switch. */
  readonly columns: readonly Column<Rule>[];
  /** Columns that the panel says better; without them the names stay readable beside it. */
  readonly hiddenBesidePanel: ReadonlySet<string>;
  readonly mayChange: boolean;
  /** Switches a rule; answers its new etag. */
  readonly setEnabled: (rule: Pick<Rule, 'id' | 'etag'>, enabled: boolean) => Promise<{ readonly etag: string }>;
  /** Why the last switch was refused. */
  readonly refused: Error | null;
  readonly newPanel: (place: { readonly onMade: (id: string) => void; readonly onClose: () => void }) => ReactNode;
  readonly panel: (place: RulePlace) => ReactNode;
}

/** A list of rules: found and filtered, switched with undo, each one opened on the right. */
export function RuleList<Rule extends ListedRule>(props: RuleListProps<Rule>) {
  const { t } = useTranslation('rules');
  const { title, list, everyMs, address, go, columns, mayChange } = props;
  const undo = useUndo();
  const { items } = list;
  const at = items.findIndex((item) => item.id === address.open);
  const shown = items[at];
  const close = () => go({ open: undefined });
  const open = (id: string) => go({ open: id });
  const move = (to: number) => {
    const next = items[Math.max(0, Math.min(items.length - 1, to))];
    if (next) open(next.id);
  };
  const toggle = (rule: Rule | undefined) => {
    if (!rule || !mayChange) return;
    const { id, enabled } = rule;
    props.setEnabled(rule, !enabled).then(
      ({ etag }) => undo.offer(t(enabled ? 'switchedOff' : 'switchedOn', { id }), () => props.setEnabled({ id, etag }, enabled)),
      // Shown above the list.
      () => undefined,
    );
  };
  useHotkeys([
    { keys: 'j', does: t('keys.move'), run: () => move(at + 1) },
    { keys: 'k', run: () => move(at - 1) },
    { keys: 'x', does: t('keys.toggle'), run: () => toggle(shown) },
    { keys: 'z', run: () => undo.take() },
    { keys: ']', does: t('keys.panel'), run: () => (shown ? close() : move(0)) },
    { keys: 'Escape', run: () => (address.open === undefined ? false : close()) },
  ]);
  const filtered = props.ownFiltered || address.q !== undefined || address.state !== undefined || address.origin !== undefined;
  const clear = () => {
    go({ q: undefined, state: undefined, origin: undefined });
    props.onClearOwn();
  };
  const all: readonly Column<Rule>[] = [
    ...columns,
    {
      key: 'on',
      title: t('columns.on'),
      width: 56,
      render: (rule) => (
        <span className="sl-cell-switch" onClick={(click) => click.stopPropagation()}>
          <Switch
            size="small"
            checked={rule.enabled}
            disabled={!mayChange}
            onChange={() => toggle(rule)}
            aria-label={t('switchLabel', { id: rule.id })}
          />
        </span>
      ),
    },
  ];
  return (
    <div className="sl-page sl-page-surface">
      <PageHeader title={title} note={<Updated atMs={list.dataUpdatedAt} failing={list.isRefetchError} everyMs={everyMs} />}>
        {mayChange && (
          <Button onClick={() => open(NEW)} data-testid="new-rule">
            {t('newRule')}
          </Button>
        )}
      </PageHeader>
      <div className="sl-filter-bar">
        <FindInput value={address.q} hint={props.findHint} width={230} onFind={(q) => go({ q, open: undefined })} />
        {props.ownFilter}
        <FilterPill
          single
          name={t('filter.state')}
          chosen={splitList(address.state)}
          onChange={([state]) => go({ state: state === 'on' || state === 'off' ? state : undefined })}
          options={(['on', 'off'] as const).map((word) => ({ value: word, label: t(word), text: t(word) }))}
        />
        <FilterPill
          single
          name={t('filter.origin')}
          chosen={splitList(address.origin)}
          onChange={([origin]) => go({ origin: origin === 'built-in' || origin === 'custom' ? origin : undefined })}
          options={(['built-in', 'custom'] as const).map((word) => ({
            value: word,
            label: t(`origin.${word}`),
            text: t(`origin.${word}`),
          }))}
        />
        <span className="grow" />
        {filtered && (
          <Button type="text" onClick={clear}>
            {t('clear', { ns: 'common' })}
          </Button>
        )}
      </div>
      {props.refused && <Problem error={props.refused} />}
      <div className="sl-split">
        <div className="sl-scroll">
          <ListBody
            list={list}
            rows={20}
            empty={
              <StateCard
                tone="empty"
                label={t('emptyLabel', { ns: 'common' })}
                title={t(filtered ? 'empty' : 'none')}
                actions={filtered && <Button onClick={clear}>{t('clear', { ns: 'common' })}</Button>}
              />
            }
          >
            <DataTable
              label={title}
              columns={address.open === undefined ? all : all.filter((column) => !props.hiddenBesidePanel.has(column.key))}
              rows={items}
              rowKey={(rule) => rule.id}
              active={shown?.id ?? null}
              onOpen={(rule) => open(rule.id)}
            />
          </ListBody>
        </div>
        {address.open === NEW
          ? props.newPanel({ onMade: open, onClose: close })
          : address.open !== undefined &&
            props.panel({
              id: address.open,
              mayChange,
              onPrevious: () => move(at - 1),
              onNext: () => move(at + 1),
              onClose: close,
              onOpen: open,
              onToggle: () => toggle(shown),
            })}
      </div>
      <KeyBar
        left={t('shown', { count: items.length })}
        hints={[
          { keys: ['J', 'K'], does: t('keys.move') },
          { keys: ['X'], does: t('keys.toggle') },
          { keys: [']'], does: t('keys.panel') },
        ]}
      />
    </div>
  );
}
