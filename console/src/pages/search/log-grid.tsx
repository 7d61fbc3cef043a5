import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Cloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { clockMs, dateTime, fullTime } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { severityColour } from '../../kit/severity.ts';
import { usePreferences } from '../../theme/preferences.ts';
import { CellText } from './cell-text.tsx';
import { matcherFor, type Term } from './highlight.ts';
import { isMetaKey, jsonOf, statedSeverity, type LogRow } from './log-rows.ts';
import './log-grid.css';

interface LogGridProps {
  readonly rows: readonly LogRow[];
  readonly columns: readonly string[];
  readonly view: 'table' | 'lines' | 'json';
  readonly wrap: boolean;
  readonly terms: readonly Term[];
  readonly cloud: Cloud;
  readonly sourceName: string;
  readonly cursor: number;
  readonly open: string | null;
  readonly selected: ReadonlySet<string>;
  /** Longer than a day: rows need their date. */
  readonly withDate: boolean;
  readonly loadingMore: boolean;
  readonly onCursor: (row: number) => void;
  readonly onToggle: (row: LogRow) => void;
  readonly onSelect: (row: LogRow, range: boolean) => void;
  readonly onFilter: (field: string, value: string, exclude: boolean) => void;
  readonly onEnd: () => void;
  readonly onScrolled: (away: boolean) => void;
  readonly onRemoveColumn: (column: string) => void;
  readonly detail: (row: LogRow) => ReactNode;
}

interface CellTools {
  readonly left: number;
  readonly top: number;
  readonly field: string;
  readonly value: string;
}

const CHAR = 7.25;

/** Widths from what the first rows hold; the longest column takes the rest. */
function widthsOf(rows: readonly LogRow[], columns: readonly string[]): readonly number[] {
  return columns.map((column) => {
    let longest = column.length + 2;
    for (const row of rows.slice(0, 60)) longest = Math.max(longest, row.values.get(column)?.length ?? 0);
    return Math.min(420, Math.max(64, longest * CHAR + 20));
  });
}

/** Logs as virtual rows of plain spans; one set of cell tools follows the pointer instead of one per cell. */
export function LogGrid(props: LogGridProps) {
  const { rows, columns, view, wrap, terms, cloud, sourceName, cursor, open, selected, withDate } = props;
  const { t } = useTranslation('search');
  const { zone, density } = usePreferences();
  const scroller = useRef<HTMLDivElement>(null);
  const [tools, setTools] = useState<CellTools | null>(null);
  const rowHeight = (view === 'table' ? 26 : 26) + (density === 'comfortable' ? 6 : 0);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.id ?? index,
    overscan: 12,
  });
  const widths = useMemo(() => widthsOf(rows, columns), [rows, columns]);
  const widest = widths.indexOf(Math.max(...widths));
  const matchers = useMemo(() => new Map(columns.map((column) => [column, matcherFor(terms, column)])), [columns, terms]);
  const timeWidth = withDate ? 158 : 104;
  const template =
    columns.length === 0
      ? `24px ${timeWidth}px 128px minmax(200px, 1fr)`
      : `24px ${timeWidth}px 128px ${widths.map((width, at) => (at === widest ? `minmax(${Math.min(width, 160)}px, 1fr)` : `${width}px`)).join(' ')}`;
  const minWidth =
    24 + timeWidth + 128 + (columns.length === 0 ? 200 : widths.reduce((sum, width, at) => sum + (at === widest ? 160 : width), 0));

  useEffect(() => {
    if (cursor >= 0) virtual.scrollToIndex(cursor, { align: 'auto' });
    // Only a move of the cursor scrolls; a new measure of rows must not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [cursor]);

  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const { onEnd, onScrolled } = props;
  useEffect(() => {
    if (last >= rows.length - 40) onEnd();
  }, [last, rows.length, onEnd]);

  const follow = (event: React.MouseEvent) => {
    const cell = (event.target as HTMLElement).closest('[data-field]');
    if (!(cell instanceof HTMLElement) || !scroller.current) {
      if (!(event.target as HTMLElement).closest('.sl-cell-tools')) setTools(null);
      return;
    }
    const field = cell.dataset['field'] ?? '';
    const row = rows[Number((cell.closest('[data-index]') as HTMLElement | null)?.dataset['index'])];
    const value = row?.values.get(field);
    if (value === undefined) return setTools(null);
    const box = cell.getBoundingClientRect();
    const frame = scroller.current.getBoundingClientRect();
    const text = Math.min(box.width, value.length * CHAR + 14);
    setTools({
      left: Math.min(box.left - frame.left + text, frame.width - 88),
      top: box.top - frame.top + scroller.current.scrollTop + 1,
      field,
      value,
    });
  };

  return (
    <div
      ref={scroller}
      className={`sl-grid sl-grid-${view}${wrap ? ' sl-grid-wrap' : ''}`}
      tabIndex={-1}
      role="table"
      aria-label={t('tabs.logs')}
      aria-rowcount={rows.length}
      onMouseMove={follow}
      onMouseLeave={() => setTools(null)}
      onScroll={(event) => onScrolled(event.currentTarget.scrollTop > 4)}
    >
      <div className="sl-grid-head" role="row" style={{ gridTemplateColumns: template, minWidth }}>
        <span role="columnheader">
          <span className="visually-hidden">{t('columns.expand')}</span>
        </span>
        <span role="columnheader">{t('columns.time')} ↓</span>
        <span role="columnheader">{t('columns.source')}</span>
        {columns.length === 0 && <span role="columnheader">{t('columns.log')}</span>}
        {columns.map((column) => (
          <span key={column} role="columnheader" className="ellipsis mono sl-grid-column">
            {column}
            <button type="button" className="sl-grid-remove" aria-label={`− ${column}`} onClick={() => props.onRemoveColumn(column)}>
              <Icon name="close" size={10} />
            </button>
          </span>
        ))}
      </div>
      <div style={{ height: virtual.getTotalSize(), position: 'relative', minWidth }}>
        {items.map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const at = new Date(row.timeMs);
          const severity = statedSeverity(row);
          const isOpen = row.id === open;
          const state = `sl-row${isOpen || selected.has(row.id) ? ' sl-row-on' : ''}${item.index === cursor ? ' sl-row-cursor' : ''}`;
          return (
            <div
              key={item.key}
              data-index={item.index}
              ref={virtual.measureElement}
              className="sl-row-frame"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <div
                className={state}
                role="row"
                aria-rowindex={item.index + 1}
                aria-selected={selected.has(row.id)}
                style={{
                  gridTemplateColumns: template,
                  minHeight: rowHeight,
                  boxShadow: severity ? `inset 3px 0 0 ${severityColour(severity, 'fill')}` : undefined,
                }}
                onClick={(event) => {
                  if ((window.getSelection()?.toString() ?? '') !== '') return;
                  props.onCursor(item.index);
                  if (event.shiftKey) props.onSelect(row, true);
                  else props.onToggle(row);
                }}
              >
                <span className="sl-row-chevron" role="cell">
                  <Icon name={isOpen ? 'down' : 'right'} size={12} />
                </span>
                <span role="cell" title={`${fullTime(at, zone)}\n${fullTime(at, 'utc')} UTC`}>
                  {withDate ? dateTime(at, zone) : clockMs(at, zone)}
                </span>
                <span role="cell" className="sl-row-source">
                  <CloudMark cloud={cloud} show="code" size={11} /> <span className="ellipsis">{row.topic || sourceName}</span>
                </span>
                {view === 'json' ? (
                  <span role="cell" className="sl-row-json" style={{ gridColumn: '4 / -1' }}>
                    {JSON.stringify(jsonOf(row), null, 2)}
                  </span>
                ) : view === 'lines' || columns.length === 0 ? (
                  <span role="cell" className="sl-row-log" style={{ gridColumn: '4 / -1' }}>
                    <WholeLog row={row} terms={terms} />
                  </span>
                ) : (
                  columns.map((column) => (
                    <span key={column} role="cell" data-field={column} className="sl-row-cell">
                      {row.values.has(column) ? (
                        <CellText value={row.values.get(column) ?? ''} matcher={matchers.get(column) ?? null} />
                      ) : (
                        <i>–</i>
                      )}
                    </span>
                  ))
                )}
              </div>
              {isOpen && props.detail(row)}
            </div>
          );
        })}
      </div>
      {tools && (
        <span className="sl-cell-tools" style={{ left: tools.left, top: tools.top }}>
          <button
            type="button"
            className="sl-tool"
            tabIndex={-1}
            title={t('fields.include', { value: tools.value })}
            aria-label={t('fields.include', { value: tools.value })}
            onClick={() => props.onFilter(tools.field, tools.value, false)}
          >
            <Icon name="plus" size={13} />
          </button>
          <button
            type="button"
            className="sl-tool"
            tabIndex={-1}
            title={t('fields.exclude', { value: tools.value })}
            aria-label={t('fields.exclude', { value: tools.value })}
            onClick={() => props.onFilter(tools.field, tools.value, true)}
          >
            <Icon name="minus" size={13} />
          </button>
          <button
            type="button"
            className="sl-tool"
            tabIndex={-1}
            aria-label="copy"
            onClick={() => void navigator.clipboard.writeText(tools.value)}
          >
            <Icon name="copy" size={13} />
          </button>
        </span>
      )}
    </div>
  );
}

/** `key: value` of the whole log, as the log's own order has them. */
function WholeLog({ row, terms }: { readonly row: LogRow; readonly terms: readonly Term[] }) {
  const parts: ReactNode[] = [];
  for (const [key, value] of row.values) {
    if (isMetaKey(key)) continue;
    parts.push(
      <span key={key} data-field={key}>
        <b>{key}:</b> <CellText value={value} matcher={matcherFor(terms, key)} />{' '}
      </span>,
    );
    if (parts.length >= 60) break;
  }
  return parts;
}
