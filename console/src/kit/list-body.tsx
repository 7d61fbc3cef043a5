import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from './problem.tsx';
import { SkeletonRows } from './skeleton-rows.tsx';

/** A list as `usePages` reads it. */
export interface ReadList<Item = unknown> {
  readonly items: readonly Item[];
  readonly error: Error | null;
  readonly isPending: boolean;
  readonly hasNextPage?: boolean;
  readonly isFetchingNextPage?: boolean;
  readonly fetchNextPage?: () => Promise<unknown>;
}

interface ListBodyProps {
  readonly list: ReadList;
  /** Rows to hold the place of while the first page is read, and their height in px. */
  readonly rows: number;
  readonly rowHeight?: number;
  /** What is said when there is nothing. */
  readonly empty: ReactNode;
  readonly children: ReactNode;
}

/** A list in each of its states: being read, refused, empty, there, and there with more to read. */
export function ListBody({ list, rows, rowHeight = 30, empty, children }: ListBodyProps) {
  const { t } = useTranslation('common');
  if (list.error && list.items.length === 0) return <Problem error={list.error} />;
  if (list.isPending) return <SkeletonRows rows={rows} height={rowHeight} />;
  if (list.items.length === 0) return empty;
  return (
    <>
      {children}
      {list.hasNextPage === true && (
        <Button type="text" block loading={list.isFetchingNextPage ?? false} onClick={() => void list.fetchNextPage?.()}>
          {t('loadMore')}
        </Button>
      )}
    </>
  );
}
