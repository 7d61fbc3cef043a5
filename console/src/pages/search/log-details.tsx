import { App, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { clockMs, fullTime } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { KeyCap } from '../../kit/key-cap.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { CellText } from './cell-text.tsx';
import { matcherFor, type Term } from './highlight.ts';
import { LogContext } from './log-context.tsx';
import { LogLife } from './log-life.tsx';
import { jsonOf, type LogRow } from './log-rows.ts';
import { addressOfLog } from './search-address.ts';
import './log-details.css';

interface LogDetailsProps {
  readonly project: string;
  readonly logstore: string;
  readonly row: LogRow;
  readonly terms: readonly Term[];
  readonly columns: readonly string[];
  readonly aliasOf: (field: string) => string;
  readonly onToggleColumn: (field: string) => void;
  readonly onFilter: (field: string, value: string, exclude: boolean) => void;
  readonly onAround: (timeMs: number) => void;
}

/** A log opened in place: its fields, raw text, neighbours and what happened to it. */
export function LogDetails({ project, logstore, row, terms, columns, aliasOf, onToggleColumn, onFilter, onAround }: LogDetailsProps) {
  const { t } = useTranslation('search');
  const { message } = App.useApp();
  const [tab, setTab] = useState<'fields' | 'raw' | 'context' | 'receipt'>('fields');
  const json = JSON.stringify(jsonOf(row), null, 2);
  const copy = (text: string) => void navigator.clipboard.writeText(text).then(() => message.success(t('copied', { ns: 'common' })));
  const link = () => {
    const search = new URLSearchParams(
      Object.entries(addressOfLog({ project, logstore, ...row.identity }, new Date(row.timeMs).toISOString())).filter(
        (entry): entry is [string, string] => typeof entry[1] === 'string',
      ),
    );
    return `${location.origin}/search?${search.toString()}`;
  };
  return (
    <div className="sl-detail" onClick={(event) => event.stopPropagation()}>
      <TabsBar
        label={t('tabs.logs')}
        active={tab}
        onChange={setTab}
        tabs={[
          { key: 'fields', text: t('detail.fields'), count: row.values.size },
          { key: 'raw', text: t('detail.raw') },
          { key: 'context', text: t('detail.context') },
          { key: 'receipt', text: t('detail.receipt') },
        ]}
        extra={
          <>
            <Button size="small" type="text" icon={<Icon name="copy" size={13} />} onClick={() => copy(json)}>
              {t('detail.copyJson')} <KeyCap>c</KeyCap>
            </Button>
            <Button size="small" type="text" icon={<Icon name="link" size={13} />} onClick={() => copy(link())}>
              {t('detail.copyLink')}
            </Button>
            <Button size="small" type="text" icon={<Icon name="clock" size={13} />} onClick={() => onAround(row.timeMs)}>
              {t('detail.around')}
            </Button>
          </>
        }
      />
      <div className="sl-detail-body">
        {tab === 'fields' && (
          <FieldTable
            row={row}
            terms={terms}
            columns={columns}
            aliasOf={aliasOf}
            onToggleColumn={onToggleColumn}
            onFilter={onFilter}
            onCopy={copy}
          />
        )}
        {tab === 'raw' && <pre className="sl-code">{json}</pre>}
        {tab === 'context' && <LogContext project={project} logstore={logstore} row={row} terms={terms} />}
        {tab === 'receipt' && <LogLife project={project} logstore={logstore} identity={row.identity} />}
        <div className="meta mono sl-detail-foot">
          {project} / {logstore} / shard {row.identity.shard} · {row.identity.cursor} #{row.identity.index}
        </div>
      </div>
    </div>
  );
}

type FieldTableProps = Pick<LogDetailsProps, 'row' | 'terms' | 'columns' | 'aliasOf' | 'onToggleColumn' | 'onFilter'> & {
  readonly onCopy: (text: string) => void;
};

function FieldTable({ row, terms, columns, aliasOf, onToggleColumn, onFilter, onCopy }: FieldTableProps) {
  const { t } = useTranslation('search');
  const { zone } = usePreferences();
  const at = new Date(row.timeMs);
  const fields = [...row.values].filter(([key]) => key !== '__time__' && key !== '__time_ns_part__');
  return (
    <dl className="sl-fields">
      <div className="sl-field" title={`${fullTime(at, 'utc')} UTC`}>
        <dt>__time__</dt>
        <dd>
          {fullTime(at, zone)} <span className="quiet">{zone === 'utc' ? '' : `${clockMs(at, 'utc')} UTC`}</span>
        </dd>
      </div>
      {fields.map(([key, value]) => (
        <div key={key} className="sl-field">
          <dt className="ellipsis" title={key}>
            {key}
          </dt>
          <dd>
            <CellText value={value} matcher={matcherFor(terms, key)} />
            <span className="sl-field-tools">
              <button
                type="button"
                className="sl-tool"
                title={t('fields.include', { value })}
                aria-label={t('fields.include', { value })}
                onClick={() => onFilter(key, value, false)}
              >
                <Icon name="plus" size={13} />
              </button>
              <button
                type="button"
                className="sl-tool"
                title={t('fields.exclude', { value })}
                aria-label={t('fields.exclude', { value })}
                onClick={() => onFilter(key, value, true)}
              >
                <Icon name="minus" size={13} />
              </button>
              <button
                type="button"
                className="sl-tool"
                aria-pressed={columns.includes(key)}
                title={t('detail.column')}
                aria-label={t('detail.column')}
                onClick={() => onToggleColumn(key)}
              >
                <Icon name="columns" size={13} />
              </button>
              <button
                type="button"
                className="sl-tool"
                title={t('copy', { ns: 'common' })}
                aria-label={t('copy', { ns: 'common' })}
                onClick={() => onCopy(value)}
              >
                <Icon name="copy" size={13} />
              </button>
            </span>
          </dd>
          {aliasOf(key) !== '' && <span className="quiet mono">{aliasOf(key)}</span>}
        </div>
      ))}
    </dl>
  );
}
