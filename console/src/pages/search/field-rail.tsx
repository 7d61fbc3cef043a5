import { Input, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { count, short } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { FieldPopover } from './field-popover.tsx';
import type { FieldSeen } from './log-rows.ts';
import type { Run } from './use-search.ts';
import './field-rail.css';

export interface RailField {
  readonly name: string;
  /** Index type; null: not indexed. */
  readonly type: string | null;
  readonly analytics: boolean;
  readonly alias: string;
}

interface FieldRailProps {
  readonly fields: readonly RailField[];
  readonly seen: ReadonlyMap<string, FieldSeen>;
  readonly columns: readonly string[];
  readonly run: Run | null;
  readonly rowCount: number;
  /** True when every match is among the rows shown, so that distinct counts are exact. */
  readonly allShown: boolean;
  readonly topSeen: (field: string) => readonly { value: string; count: number }[];
  readonly onToggleColumn: (field: string) => void;
  readonly onFilter: (field: string, value: string, exclude: boolean) => void;
  readonly onChart: (field: string) => void;
}

const SIGN: Readonly<Record<string, string>> = { text: 't', long: '#', double: '#', json: '{}' };

/** 224 px: which fields there are; a click opens the most frequent values. */
export function FieldRail({ fields, seen, columns, run, rowCount, allShown, topSeen, onToggleColumn, onFilter, onChart }: FieldRailProps) {
  const { t } = useTranslation('search');
  const [filter, setFilter] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const words = filter.toLowerCase().split(/\s+/u);
  const match = (field: RailField) => words.every((word) => `${field.name} ${field.alias}`.toLowerCase().includes(word));
  const chosen = columns.flatMap((name) => fields.find((field) => field.name === name) ?? []);
  const present = (field: RailField) => (seen.get(field.name)?.rows ?? 0) > 0;
  const groups = [
    { key: 'columns', items: chosen.filter(match) },
    {
      key: 'indexed',
      items: fields
        .filter((field) => field.type !== null && !columns.includes(field.name) && match(field))
        .toSorted((a, b) => Number(present(b)) - Number(present(a))),
    },
    { key: 'other', items: fields.filter((field) => field.type === null && !columns.includes(field.name) && match(field)) },
  ] as const;
  return (
    <aside className="sl-rail" aria-label={t('fields.filter', { count: fields.length })}>
      <div className="sl-rail-filter">
        <Input
          size="middle"
          allowClear
          prefix={<Icon name="search" size={13} />}
          placeholder={t('fields.filter', { count: fields.length })}
          aria-label={t('fields.filter', { count: fields.length })}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      <div className="sl-scroll">
        {groups.map(
          (group) =>
            group.items.length > 0 && (
              <section key={group.key}>
                <h3>
                  {t(`fields.${group.key}`)}
                  <span>{group.items.length}</span>
                </h3>
                {group.items.map((field) => {
                  const facts = seen.get(field.name);
                  const sign = field.type === null ? '?' : (SIGN[field.type] ?? 't');
                  return (
                    <Popover
                      key={field.name}
                      trigger="click"
                      placement="rightTop"
                      arrow={false}
                      open={open === field.name}
                      onOpenChange={(next) => setOpen(next ? field.name : null)}
                      destroyOnHidden
                      content={
                        <FieldPopover
                          field={field}
                          run={run}
                          isColumn={columns.includes(field.name)}
                          seen={facts}
                          rowCount={rowCount}
                          topSeen={topSeen(field.name)}
                          onToggleColumn={() => onToggleColumn(field.name)}
                          onFilter={(value, exclude) => {
                            setOpen(null);
                            onFilter(field.name, value, exclude);
                          }}
                          onChart={() => {
                            setOpen(null);
                            onChart(field.name);
                          }}
                        />
                      }
                    >
                      <button type="button" className={open === field.name ? 'sl-rail-field sl-rail-open' : 'sl-rail-field'}>
                        <span className="sl-rail-sign" aria-hidden="true">
                          {sign}
                        </span>
                        <span className="grow ellipsis mono" title={field.alias === '' ? field.name : `${field.name} (${field.alias})`}>
                          {field.name}
                        </span>
                        {facts && (
                          <span className="meta" title={t('fields.distinctHint')}>
                            {allShown || facts.distinct < facts.rows ? '' : facts.distinct > 20 ? t('fields.about') : ''}
                            {facts.distinct > 9999 ? short(facts.distinct) : count(facts.distinct)}
                          </span>
                        )}
                      </button>
                    </Popover>
                  );
                })}
              </section>
            ),
        )}
      </div>
    </aside>
  );
}
