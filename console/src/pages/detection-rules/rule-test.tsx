import { Link } from '@tanstack/react-router';
import { Button, Popconfirm, Segmented, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/use-call.ts';
import { dateTime, count, duration } from '../../kit/format.ts';
import { jsonList } from '../../kit/json-list.ts';
import { PreviewSection } from '../../kit/preview.tsx';
import { Problem } from '../../kit/problem.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { addressOfLog } from '../search/search-address.ts';
import { JsonArea } from '../rules/json-area.tsx';

const RANGES = { lastHour: 3_600_000, lastDay: 86_400_000, lastWeek: 604_800_000 } as const;
type Range = keyof typeof RANGES;

interface RuleTestProps {
  readonly id: string;
  /** Text to test instead of the saved one. */
  readonly draft: string | null;
  readonly mayReplay: boolean;
}

/** Runs a rule over stored events or typed ones and shows what it would find. */
export function RuleTest({ id, draft, mayReplay }: RuleTestProps) {
  const { t } = useTranslation('rules');
  const { zone } = usePreferences();
  const [over, setOver] = useState<'stored' | 'given'>('stored');
  const [range, setRange] = useState<Range>('lastDay');
  const [events, setEvents] = useState('');
  const [wrong, setWrong] = useState('');
  const test = useChange('testDetectionRule');
  const replay = useChange('replayDetectionRule', ['listDetectionRules', 'getDetectionRule', 'listAlerts', 'summarizeAlerts']);
  const answer = test.data;
  const span = () => {
    const now = Date.now();
    return { from: new Date(now - RANGES[range]).toISOString(), to: new Date(now).toISOString() };
  };
  const run = () => {
    setWrong('');
    const text = draft === null ? {} : { text: draft };
    if (over === 'stored') {
      test.mutate({ params: { id }, body: { ...text, ...span() } });
      return;
    }
    try {
      test.mutate({ params: { id }, body: { ...text, events: jsonList(events) } });
    } catch (thrown) {
      setWrong(t('test.badJson', { message: thrown instanceof Error ? thrown.message : String(thrown) }));
    }
  };
  return (
    <>
      <section className="sl-preview-section sl-form">
        <div className="sl-form-tight">
          <Segmented
            value={over}
            onChange={setOver}
            options={(['stored', 'given'] as const).map((value) => ({ value, label: t(`test.${value}`) }))}
          />
          {over === 'stored' && (
            <Select<Range>
              value={range}
              onChange={setRange}
              aria-label={t('test.range')}
              options={(Object.keys(RANGES) as Range[]).map((value) => ({ value, label: t(`test.${value}`) }))}
              style={{ width: 130 }}
            />
          )}
          <Button
            type="primary"
            loading={test.isPending}
            disabled={over === 'given' && events.trim() === ''}
            onClick={run}
            data-testid="run-test"
          >
            {t('test.run')}
          </Button>
        </div>
        {over === 'given' && <JsonArea hint={t('test.eventsHint')} rows={8} value={events} onChange={setEvents} />}
        {wrong !== '' && (
          <span className="error" role="alert">
            {wrong}
          </span>
        )}
        <span className="meta">
          {t('test.dry')} {draft !== null && t('test.withDraft')}
        </span>
      </section>
      {test.error && <Problem error={test.error} />}
      {answer && (
        <>
          <PreviewSection
            title={t('test.result', { count: answer.matched })}
            extra={<span className="meta">{t('test.read', { read: count(answer.read), time: duration(answer.elapsedMs) })}</span>}
          >
            {answer.hits.length === 0 && <span className="quiet">{t('test.noHits')}</span>}
            {answer.hits.length < answer.matched && <div className="meta">{t('test.first', { count: answer.hits.length })}</div>}
            {answer.hits.map((hit) => (
              <div key={hit.index} className="sl-hit">
                <span className="mono quiet">{dateTime(new Date(hit.time), zone)}</span>
                <span>{hit.title}</span>
                {hit.evidence === null ? (
                  <span />
                ) : (
                  <Link to="/search" search={addressOfLog(hit.evidence, hit.time)}>
                    {t('test.open')}
                  </Link>
                )}
                <span className="meta mono">
                  {hit.reasons.map((reason) => `${reason.field} ${reason.operator} ${reason.value}`).join(', ')}
                </span>
              </div>
            ))}
          </PreviewSection>
          {mayReplay && draft === null && over === 'stored' && answer.matched > 0 && (
            <section className="sl-preview-section">
              <Popconfirm
                title={t('test.replayTitle')}
                description={t('test.replayBody')}
                okText={t('test.replay')}
                cancelText={t('cancel', { ns: 'common' })}
                onConfirm={() => replay.mutate({ params: { id }, body: span() })}
              >
                <Button loading={replay.isPending}>{t('test.replay')}</Button>
              </Popconfirm>
              {replay.data && (
                <span className="text2">
                  {' '}
                  {t('test.replayed', { findings: count(replay.data.findings), alerts: count(replay.data.newAlerts) })}
                </span>
              )}
              {replay.error && <Problem error={replay.error} />}
            </section>
          )}
          <PreviewSection title={t('test.sql')}>
            <pre className="sl-source">{answer.sql}</pre>
          </PreviewSection>
        </>
      )}
    </>
  );
}
