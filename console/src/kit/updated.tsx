import { useTranslation } from 'react-i18next';
import { age } from './format.ts';
import { useAge } from './use-age.ts';

/** `Updated 4 s ago`; turns warn and counts on when polling fails. The data stays. */
export function Updated({ atMs, failing, everyMs }: { readonly atMs: number; readonly failing: boolean; readonly everyMs: number }) {
  const { t } = useTranslation('common');
  const old = useAge(atMs);
  if (old === null) return null;
  const stale = failing || old > everyMs * 3;
  return <span className={stale ? 'warn' : undefined}>{stale ? t('stale', { age: age(old) }) : t('updated', { age: age(old) })}</span>;
}
