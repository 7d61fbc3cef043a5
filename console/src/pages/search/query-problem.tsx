import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ApiError } from '../../api/problem.ts';
import { Problem } from '../../kit/problem.tsx';

/** Place of an error in the query, as the server tells it; null: it tells none. */
export function spanOf(error: ApiError | null): { readonly from: number; readonly to: number } | null {
  const span = error?.details['span'];
  if (span === null || typeof span !== 'object') return null;
  const { from, to } = span as Record<string, unknown>;
  return typeof from === 'number' && typeof to === 'number' ? { from, to: Math.max(to, from + 1) } : null;
}

interface QueryProblemProps {
  readonly error: ApiError;
  readonly query: string;
  readonly onFix: (query: string) => void;
}

/** A query that cannot run: the column, the likely name, and one press that puts it in. */
export function QueryProblem({ error, query, onFix }: QueryProblemProps) {
  const { t } = useTranslation('search');
  const span = spanOf(error);
  const suggestion = error.details['suggestion'];
  const fixed =
    span && typeof suggestion === 'string' && suggestion !== '' ? `${query.slice(0, span.from)}${suggestion}${query.slice(span.to)}` : null;
  const column = span ? span.from - (query.lastIndexOf('\n', span.from - 1) + 1) + 1 : 0;
  return (
    <Problem
      error={error}
      lead={span ? `${t('error.at', { column })} ` : undefined}
      action={
        fixed === null ? undefined : (
          <>
            <span className="quiet" style={{ alignSelf: 'center' }}>
              {t('error.didYouMean', { name: String(suggestion) })}
            </span>
            <Button type="primary" onClick={() => onFix(fixed)}>
              {t('error.fix')}
            </Button>
          </>
        )
      }
    />
  );
}
