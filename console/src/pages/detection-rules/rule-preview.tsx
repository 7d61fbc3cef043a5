import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { DetectionRuleBody } from '../../../../src/api/rest/contract/rules.ts';
import { useCall, useChange } from '../../api/use-call.ts';
import { Facts } from '../../kit/facts.tsx';
import { dateTime } from '../../kit/format.ts';
import { PreviewSection } from '../../kit/preview.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { asTactic } from '../../kit/tactics.ts';
import { usePreferences } from '../../theme/preferences.ts';
import type { RulePlace } from '../rules/rule-list.tsx';
import { RulePanel } from '../rules/rule-panel.tsx';
import { RuleTest } from './rule-test.tsx';

/** One detection rule: what it looks for, its text, and a test that raises nothing. */
export function RulePreview({ place }: { readonly place: RulePlace }) {
  const { t } = useTranslation('rules');
  const { id } = place;
  const asked = useCall('getDetectionRule', { params: { id } });
  const refresh = ['listDetectionRules', 'getDetectionRule'] as const;
  const update = useChange('updateDetectionRule', refresh);
  const create = useChange('createDetectionRule', refresh);
  const remove = useChange('deleteDetectionRule', ['listDetectionRules']);
  return (
    <RulePanel
      place={place}
      rule={asked.data?.id === id ? asked.data : undefined}
      failed={asked.error}
      mark={(rule) => <SeverityChip severity={rule.severity} />}
      tabs={[{ key: 'about' }, { key: 'text' }, { key: 'test' }]}
      refused={update.error ?? create.error ?? remove.error}
      saving={update.isPending || create.isPending}
      removing={remove.isPending}
      onUpdate={(rule, text) => update.mutateAsync({ params: { id }, body: { etag: rule.etag, text } })}
      onCreate={(text) => create.mutateAsync({ body: { text } })}
      onRemove={() => remove.mutateAsync({ params: { id } })}
      deleteNote={t('deleteNote')}
    >
      {(rule, tab, draft) => (tab === 'about' ? <About rule={rule} /> : <RuleTest id={id} draft={draft} mayReplay={place.mayChange} />)}
    </RulePanel>
  );
}

function About({ rule }: { readonly rule: DetectionRuleBody }) {
  const { t } = useTranslation('rules');
  const { zone } = usePreferences();
  return (
    <>
      <section className="sl-preview-section">{rule.description}</section>
      <section className="sl-preview-section">
        <Facts
          nameWidth={104}
          items={[
            [t('about.logsource'), <span className="mono">{rule.logsource}</span>],
            [t('about.kind'), t(`about.kinds.${rule.kind}`)],
            [
              t('about.tactics'),
              rule.tactics
                .map((name) => {
                  const tactic = asTactic(name);
                  return tactic === null ? name : t(`tactic.${tactic}`, { ns: 'common' });
                })
                .join(t('listComma', { ns: 'common' })),
            ],
            [
              t('about.techniques'),
              <span className="row">
                {rule.techniques.map((technique) => (
                  <span key={technique} className="sl-code-chip">
                    {technique}
                  </span>
                ))}
              </span>,
            ],
            [
              t('about.last'),
              rule.lastAlertAt === null ? (
                <span className="quiet">{t('about.never')}</span>
              ) : (
                <span>
                  <span className="mono">{dateTime(new Date(rule.lastAlertAt), zone)}</span>{' '}
                  <Link to="/alerts" search={{ rule: rule.id, tab: 'all' }}>
                    {t('about.alerts', { count: rule.alerts24h })}
                  </Link>
                </span>
              ),
            ],
            [
              t('about.origin'),
              [t(`origin.${rule.origin}`), rule.author, rule.license].filter((part) => part !== '').join(t('listComma', { ns: 'common' })),
            ],
          ]}
        />
      </section>
      {rule.falsePositives.length > 0 && (
        <PreviewSection title={t('about.falsePositives')}>
          {rule.falsePositives.map((line) => (
            <div key={line}>{line}</div>
          ))}
        </PreviewSection>
      )}
      {rule.references.length > 0 && (
        <PreviewSection title={t('about.references')}>
          {rule.references.map((reference) => (
            <div key={reference} className="mono ellipsis" title={reference}>
              {reference.startsWith('https://') ? (
                <a href={reference} target="_blank" rel="noreferrer noopener">
                  {reference}
                </a>
              ) : (
                reference
              )}
            </div>
          ))}
        </PreviewSection>
      )}
    </>
  );
}
