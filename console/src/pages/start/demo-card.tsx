import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { useChange, usePages } from '../../api/use-call.ts';
import { Icon } from '../../kit/icon.tsx';
import { Problem } from '../../kit/problem.tsx';
import { NumberedCard } from './numbered-card.tsx';

const JOB = 'demo';
const EVERY_MS = 1_000;

/** Sends the demonstration and shows how far that is; it is removed again with one call. */
export function DemoCard() {
  const { t } = useTranslation('start');
  const jobs = usePages('listJobs', { query: { pageSize: 500 } }, { everyMs: EVERY_MS });
  const load = useChange('loadDemo', ['listJobs', 'overview']);
  const clear = useChange('clearDemo', ['overview', 'listAllLogstores', 'listProjects', 'listAlerts', 'listSecurityEvents']);
  const job = jobs.items.find(({ name }) => name === JOB);
  const running = job?.state === 'running' || job?.state === 'waiting';
  const refused = load.error ?? clear.error;
  return (
    <NumberedCard
      number={1}
      title={t('demo.title')}
      note={t('demo.note')}
      action={
        <>
          {load.error?.status === 409 && (
            <Button loading={clear.isPending} onClick={() => clear.mutate({}, { onSuccess: () => load.reset() })}>
              {t('demo.clear')}
            </Button>
          )}
          <Button
            type="primary"
            icon={<Icon name="play" size={13} />}
            loading={running || load.isPending}
            onClick={() => load.mutate({})}
            data-testid="load-demo"
          >
            {t('demo.load')}
          </Button>
        </>
      }
    >
      {running && (
        <p className="sl-start-line" role="status">
          <span className="sl-listening" /> {t('demo.running', { note: job.note })}
        </p>
      )}
      {job?.state === 'done' && (
        <p className="sl-start-line" role="status">
          <Icon name="checkCircle" size={15} className="ok" /> {t('demo.done', { note: job.note })}{' '}
          <Link to="/events">{t('demo.look')}</Link>
        </p>
      )}
      {job?.state === 'failed' && (
        <p className="sl-start-line error" role="alert">
          {job.lastError} <Link to="/jobs">{t('demo.jobs')}</Link>
        </p>
      )}
      {refused && <Problem error={refused} />}
    </NumberedCard>
  );
}
