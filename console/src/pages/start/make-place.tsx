import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AnswerOf } from '../../../../src/api/rest/contract/base.ts';
import type { Routes } from '../../../../src/api/rest/contract/routes.ts';
import { call } from '../../api/client.ts';
import { isApiError } from '../../api/problem.ts';
import { useSession } from '../../api/session.ts';
import { Icon } from '../../kit/icon.tsx';
import { Problem } from '../../kit/problem.tsx';
import { ShownOnce } from '../../kit/shown-once.tsx';
import { DEFAULT_TOKENS } from '../stores/index-draft.ts';
import { NumberedCard } from './numbered-card.tsx';

/** Where the first log goes. */
export const FIRST_PLACE = { project: 'first-logs', logstore: 'app' } as const;

export type MadePlace = Pick<AnswerOf<Routes['createAccessKey']>, 'accessKeyId' | 'secret'>;

/** What is there already stays as it is: the guide can be followed twice. */
async function unlessThere(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (thrown) {
    if (!isApiError(thrown) || thrown.status !== 409) throw thrown;
  }
}

/** Project, logstore with a full-text index, and a key of the person's own that may write to them. */
async function makePlace(user: string): Promise<MadePlace> {
  const { project, logstore } = FIRST_PLACE;
  await unlessThere(call('createProject', { body: { name: project } }));
  await unlessThere(call('createLogstore', { params: { project }, body: { name: logstore } }));
  await unlessThere(
    call('putIndex', { params: { project, logstore }, body: { index: { line: { token: [...DEFAULT_TOKENS] }, keys: {} } } }),
  );
  return await call('createAccessKey', { body: { owner: user, policies: ['AliyunLogFullAccess'] } });
}

interface MakePlaceProps {
  readonly made: MadePlace | null;
  readonly onMade: (made: MadePlace) => void;
}

/** The second step: a place for logs, and a key to send them with. Its secret is shown once and used in the command below. */
export function MakePlace({ made, onMade }: MakePlaceProps) {
  const { t } = useTranslation('start');
  const { me } = useSession();
  const [busy, setBusy] = useState(false);
  const [stored, setStored] = useState(false);
  const [refused, setRefused] = useState<Error | null>(null);
  const make = async () => {
    setBusy(true);
    setRefused(null);
    try {
      onMade(await makePlace(me.user));
    } catch (thrown) {
      setRefused(thrown instanceof Error ? thrown : new Error(String(thrown)));
    } finally {
      setBusy(false);
    }
  };
  return (
    <NumberedCard
      number={2}
      title={t('place.title')}
      note={t('place.note', FIRST_PLACE)}
      action={
        made === null ? (
          <Button icon={<Icon name="key" size={13} />} loading={busy} onClick={() => void make()} data-testid="make-place">
            {t('place.make')}
          </Button>
        ) : (
          <span className="row">
            <Icon name="checkCircle" size={15} className="ok" /> {t('place.made')}
          </span>
        )
      }
    >
      {made !== null && !stored && (
        <ShownOnce
          title={t('secretTitle', { ns: 'access' })}
          values={[
            [t('secretId', { ns: 'access' }), made.accessKeyId],
            [t('secretValue', { ns: 'access' }), made.secret],
          ]}
          onDone={() => setStored(true)}
        />
      )}
      {refused && <Problem error={refused} />}
    </NumberedCard>
  );
}
