import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageHeader } from '../../kit/page-header.tsx';
import { FirstRun } from './first-run.tsx';

/** The guide to the first log, at an address of its own: the overview shows it by itself only while nothing has arrived. */
export function StartPage() {
  const { t } = useTranslation('start');
  return (
    <div className="sl-page sl-page-plain">
      <PageHeader title={t('title')}>
        <Link to="/overview">{t('overview')}</Link>
      </PageHeader>
      <FirstRun />
    </div>
  );
}
