import { App, Button, Input, InputNumber, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.ts';
import { useCall, useChange } from '../../api/use-call.ts';
import { Icon } from '../../kit/icon.tsx';
import { Problem } from '../../kit/problem.tsx';

/** Checking reads the whole trail, so it is not done with every poll of the list. */
const EVERY_MS = 60_000;

/** The verdict over the trail: every record carries a hash over itself and the one before; a change anywhere breaks it. */
export function AuditChain() {
  const { t } = useTranslation('audit');
  const { message } = App.useApp();
  const may = useMay('admin');
  const asked = useCall('verifyAudit', { body: {} }, { everyMs: EVERY_MS, enabled: may });
  const compare = useChange('verifyAudit');
  const [seq, setSeq] = useState<number | null>(null);
  const [hash, setHash] = useState('');
  // The list below says who may see this.
  if (!may) return null;
  if (asked.error && !asked.data) return <Problem error={asked.error} />;
  if (!asked.data) return <div className="sl-verdict-line quiet">{t('checking')}</div>;
  const { ok, records, head, firstBad } = asked.data;
  const compared = compare.data;
  return (
    <div className={ok ? 'sl-verdict-line' : 'sl-verdict-line sl-verdict-bad'} role="status" data-testid="audit-chain">
      <Icon name={ok ? 'checkCircle' : 'warning'} size={15} className={ok ? 'ok' : 'error'} />
      {ok ? (
        <b>{t('holds', { count: records })}</b>
      ) : (
        <b className="error">{t('broken', { seq: firstBad?.seq ?? 0, reason: firstBad?.reason ?? '' })}</b>
      )}
      <span className="quiet">{t('head', { seq: head.seq })}</span>
      <span className="mono quiet ellipsis" title={head.hash}>
        {head.hash.slice(0, 16)}…
      </span>
      <button
        type="button"
        className="sl-tool"
        aria-label={t('copyHead')}
        title={t('copyHead')}
        onClick={() =>
          void navigator.clipboard.writeText(`${head.seq} ${head.hash}`).then(() => message.success(t('copied', { ns: 'common' })))
        }
      >
        <Icon name="copy" size={14} />
      </button>
      <span className="grow" />
      <Popover
        trigger="click"
        placement="bottomRight"
        arrow={false}
        content={
          <div className="sl-form sl-noted">
            <span className="meta">{t('notedNote')}</span>
            <label className="sl-form-item">
              <span>{t('notedSeq')}</span>
              <InputNumber min={1} precision={0} value={seq} onChange={setSeq} />
            </label>
            <label className="sl-form-item">
              <span>{t('notedHash')}</span>
              <Input className="mono" value={hash} onChange={(event) => setHash(event.target.value)} />
            </label>
            <span className="row">
              <Button
                type="primary"
                disabled={seq === null || hash.trim() === ''}
                loading={compare.isPending}
                onClick={() => seq !== null && compare.mutate({ body: { noted: { seq, hash: hash.trim() } } })}
              >
                {t('compare')}
              </Button>
              {compared && (
                <span className={compared.ok ? 'ok' : 'error'}>
                  {compared.ok
                    ? t('notedHolds', { seq: compare.variables?.body.noted?.seq ?? 0 })
                    : t('broken', { seq: compared.firstBad?.seq ?? 0, reason: compared.firstBad?.reason ?? '' })}
                </span>
              )}
            </span>
            {compare.error && <Problem error={compare.error} />}
          </div>
        }
      >
        <Button type="text">{t('noted')}</Button>
      </Popover>
      <Button loading={asked.isFetching} onClick={() => void asked.refetch()}>
        {t('checkAgain')}
      </Button>
    </div>
  );
}
