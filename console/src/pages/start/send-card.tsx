import { Link } from '@tanstack/react-router';
import { Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LogstoreFreshness } from '../../../../src/api/rest/contract/overview.ts';
import { CodeBlock } from '../../kit/code-block.tsx';
import { FIRST_PLACE, type MadePlace } from './make-place.tsx';
import { NumberedCard } from './numbered-card.tsx';
import { sendCommand, SENDERS, type Sender } from './send-command.ts';

interface SendCardProps {
  readonly endpoint: string;
  readonly made: MadePlace | null;
  /** Logstores that have received something. */
  readonly received: readonly LogstoreFreshness[];
}

/** The third step: one log from a terminal, and whether it has come. */
export function SendCard({ endpoint, made, received }: SendCardProps) {
  const { t } = useTranslation('start');
  const [sender, setSender] = useState<Sender>('sluice');
  const [store] = received;
  return (
    <NumberedCard
      number={3}
      title={t('send.title')}
      note={
        <>
          {t('send.note')} <span className="mono">{endpoint}</span>
        </>
      }
      action={
        <Segmented<Sender>
          value={sender}
          onChange={setSender}
          aria-label={t('send.title')}
          options={SENDERS.map((value) => ({ value, label: t(`send.${value}`) }))}
        />
      }
    >
      {made === null && <p className="meta">{t('send.keyNote')}</p>}
      <CodeBlock
        label={t('send.title')}
        text={sendCommand(sender, {
          endpoint,
          ...FIRST_PLACE,
          accessKeyId: made?.accessKeyId ?? t('send.yourId'),
          secret: made?.secret ?? t('send.yourSecret'),
        })}
      />
      <p className="sl-start-line" role="status" data-testid="listening">
        <span className={store === undefined ? 'sl-listening' : 'sl-listening sl-arrived'} />
        {store === undefined ? (
          <>
            <b>{t('send.listening')}</b> <span className="quiet">{t('send.none')}</span>
          </>
        ) : (
          <>
            <b>{t('send.arrived')}</b>
            <Link to="/search" search={{ store: `${store.project}/${store.logstore}` }}>
              {store.project}/{store.logstore}
            </Link>
          </>
        )}
      </p>
    </NumberedCard>
  );
}
