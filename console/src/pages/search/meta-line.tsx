import { Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Answer } from '../../api/client.ts';
import { bytes, count, duration, short } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import type { LiveTail } from './use-live-tail.ts';

interface MetaLineProps {
  readonly answer: Answer<'query'> | undefined;
  readonly histogram: Answer<'histogram'> | undefined;
  readonly busy: boolean;
  readonly live: LiveTail | null;
}

/** 28 px: how many, how sure, what it cost. */
export function MetaLine({ answer, histogram, busy, live }: MetaLineProps) {
  const { t } = useTranslation('search');
  const [plan, setPlan] = useState(false);
  const total = histogram?.total ?? answer?.rows.length ?? 0;
  const sure = (histogram?.complete ?? true) && answer?.progress !== 'incomplete';
  return (
    <div className="sl-meta-line">
      {live ? (
        <>
          <span className="sl-live-dot" />
          <b className="ok">{t('liveState')}</b>
          <span>{t('liveRate', { rate: short(live.perSec) })}</span>
          <span className="strong">
            {t('matches', { count: live.rows.length + live.waiting.length, shown: count(live.rows.length + live.waiting.length) })}
          </span>
          {live.problem === null ? (
            <span className={live.sampled ? 'warn' : 'quiet'}>{live.sampled ? t('liveSampled', { count: 500 }) : t('liveAll')}</span>
          ) : (
            <span className="error">{live.problem}</span>
          )}
        </>
      ) : (
        <>
          {busy && (
            <span className="row" style={{ gap: 6, color: 'var(--sl-accent)', fontWeight: 600 }}>
              <span className="sl-spinner" /> {t('scanning')}
            </span>
          )}
          {answer && (
            <>
              <span className="strong">
                {answer.hasSql
                  ? t('resultRows', { count: answer.rows.length, shown: count(answer.rows.length) })
                  : sure
                    ? t('matches', { count: total, shown: count(total) })
                    : t('atLeast', { shown: count(total) })}
              </span>
              <span>
                {t('read', { rows: short(answer.processedRows), bytes: bytes(answer.processedBytes), time: duration(answer.elapsedMs) })}
              </span>
              {answer.progress === 'incomplete' && (
                <span className="warn" role="status">
                  {t('incomplete.title')} {t(`incomplete.${reasonOf(answer.incompleteReason)}`)}{' '}
                  <span className="quiet">{t('incomplete.hint')}</span>
                </span>
              )}
              {answer.diagnostics.map((diagnostic) => (
                <span key={`${diagnostic.from}${diagnostic.message}`} className="warn ellipsis" title={diagnostic.message}>
                  {diagnostic.message}
                </span>
              ))}
              {!answer.hasSql && answer.progress === 'complete' && answer.diagnostics.length === 0 && (
                <span className="quiet">{t('newestFirst')}</span>
              )}
            </>
          )}
        </>
      )}
      <span className="grow" />
      {answer && answer.sql !== '' && (
        <Button size="small" type="text" icon={<Icon name="terminal" size={13} />} onClick={() => setPlan(true)}>
          {t('plan')}
        </Button>
      )}
      <Modal open={plan} onCancel={() => setPlan(false)} footer={null} width={820} title={t('planTitle')}>
        <pre className="sl-code" style={{ maxHeight: 480, overflow: 'auto' }}>
          {answer?.sql}
        </pre>
      </Modal>
    </div>
  );
}

function reasonOf(reason: string): 'time' | 'memory' | 'rows' | 'other' {
  return reason === 'time' || reason === 'memory' || reason === 'rows' ? reason : 'other';
}
