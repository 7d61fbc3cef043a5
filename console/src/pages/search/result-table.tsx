import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import type { QueryAnswerBody } from '../../../../src/api/rest/contract/search.ts';
import './result-table.css';

const NUMERIC = new Set(['bigint', 'double']);

/** Rows of an analysis: sortable by any column, numbers to the right, virtual. */
export function ResultTable({ answer, label }: { readonly answer: QueryAnswerBody; readonly label: string }) {
  const [sort, setSort] = useState<{ column: number; down: boolean } | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    if (!sort) return answer.rows;
    const numeric = NUMERIC.has(answer.columns[sort.column]?.type ?? '');
    return answer.rows.toSorted((a, b) => {
      const x = a[sort.column] ?? null;
      const y = b[sort.column] ?? null;
      if (x === y) return 0;
      if (x === null) return 1;
      if (y === null) return -1;
      const order = numeric ? Number(x) - Number(y) : x < y ? -1 : 1;
      return sort.down ? -order : order;
    });
  }, [answer, sort]);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => 28, overscan: 20 });
  const template = `48px ${answer.columns.map((column) => (NUMERIC.has(column.type) ? 'minmax(96px, 0.6fr)' : 'minmax(140px, 1.4fr)')).join(' ')}`;
  return (
    <div ref={scroller} className="sl-results" role="table" aria-label={label} aria-rowcount={rows.length}>
      <div className="sl-results-head" role="row" style={{ gridTemplateColumns: template }}>
        <span role="columnheader">#</span>
        {answer.columns.map((column, at) => (
          <span
            key={column.name}
            role="columnheader"
            aria-sort={sort?.column === at ? (sort.down ? 'descending' : 'ascending') : 'none'}
            className={NUMERIC.has(column.type) ? 'num' : undefined}
          >
            <button
              type="button"
              onClick={() => setSort((before) => ({ column: at, down: before?.column === at ? !before.down : NUMERIC.has(column.type) }))}
            >
              {column.name}
              {sort?.column === at ? (sort.down ? ' ↓' : ' ↑') : ''}
            </button>
          </span>
        ))}
      </div>
      <div style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            role="row"
            className="sl-results-row"
            style={{ gridTemplateColumns: template, transform: `translateY(${item.start}px)` }}
          >
            <span role="cell" className="quiet">
              {item.index + 1}
            </span>
            {answer.columns.map((column, at) => {
              const value = rows[item.index]?.[at] ?? null;
              return (
                <span
                  key={column.name}
                  role="cell"
                  className={NUMERIC.has(column.type) ? 'num ellipsis' : 'ellipsis'}
                  title={value ?? undefined}
                >
                  {value === null ? <span className="quiet">null</span> : value}
                </span>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}
