import { Fragment, type ReactNode } from 'react';
import './data-table.css';

export interface Column<Row> {
  readonly key: string;
  readonly title: ReactNode;
  readonly width?: number | string;
  readonly align?: 'right';
  readonly render: (row: Row) => ReactNode;
}

interface DataTableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly active?: string | null;
  readonly onOpen?: (row: Row) => void;
  /** What stands below a row over the whole width; null: nothing. */
  readonly below?: (row: Row) => ReactNode;
}

/** A plain table of 30 px rows for lists that fit in memory: sticky head, whole row opens. */
export function DataTable<Row>({ label, columns, rows, rowKey, active = null, onOpen, below }: DataTableProps<Row>) {
  return (
    <table className="sl-table" aria-label={label}>
      <colgroup>
        {columns.map((column) => (
          <col key={column.key} style={column.width === undefined ? {} : { width: column.width }} />
        ))}
      </colgroup>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" className={column.align === 'right' ? 'num' : undefined}>
              {column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const key = rowKey(row);
          const under = below?.(row) ?? null;
          return (
            <Fragment key={key}>
              <tr
                className={key === active ? 'sl-table-active' : undefined}
                {...(onOpen
                  ? {
                      tabIndex: 0,
                      onClick: () => onOpen(row),
                      onKeyDown: (event: React.KeyboardEvent) => {
                        if (event.key === 'Enter' && event.target === event.currentTarget) onOpen(row);
                      },
                      style: { cursor: 'pointer' },
                    }
                  : {})}
              >
                {columns.map((column) => (
                  <td key={column.key} className={column.align === 'right' ? 'num' : undefined}>
                    {column.render(row)}
                  </td>
                ))}
              </tr>
              {under !== null && (
                <tr className="sl-table-below">
                  <td colSpan={columns.length}>{under}</td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}
