import { useTranslation } from 'react-i18next';

/** SLS writes "for ever" as this many days. */
export const FOR_EVER_DAYS = 3650;

/** `90 d`, or that nothing is ever removed. */
export function RetentionText({ days }: { readonly days: number }) {
  const { t } = useTranslation('stores');
  return <>{days >= FOR_EVER_DAYS ? t('forEver') : t('days', { count: days })}</>;
}
