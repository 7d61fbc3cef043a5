import { Link } from '@tanstack/react-router';
import { App, Button, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DetectionRuleBody } from '../../../../src/api/rest/contract/rules.ts';
import { useMay } from '../../api/session.ts';
import { useCall, useChange } from '../../api/use-call.ts';
import { Facts } from '../../kit/facts.tsx';
import { dateTime } from '../../kit/format.ts';
import { Preview, PreviewSection } from '../../kit/preview.tsx';
import { Problem } from '../../kit/problem.tsx';
import { RuleText } from '../../kit/rule-text.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { asTactic } from '../../kit/tactics.ts';
import { TypedConfirm } from '../../kit/typed-confirm.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { RuleTest } from './rule-test.tsx';

const TABS = ['about', 'text', 'test'] as const;
type Tab = (typeof TABS)[number];

interface RulePreviewProps {
  readonly id: string;
  readonly mayChange: boolean;
  readonly onPrevious: () => void;
  readonly onNext: () => void;
  readonly onClose: () => void;
  readonly onOpen: (id: string) => void;
  readonly onToggle: () => void;
}

/** One detection rule: what it looks for, its text, and a test that raises nothing. */
export function RulePreview({ id, mayChange, onPrevious, onNext, onClose, onOpen, onToggle }: RulePreviewProps) {
  const { t } = useTranslation('rules');
  const { message } = App.useApp();
  const mayTest = useMay('analyst');
  const [tab, setTab] = useState<Tab>('about');
  const [draft, setDraft] = useState<string | null>(null);
  const [ending, setEnding] = useState(false);
  const asked = useCall('getDetectionRule', { params: { id } });
  const refresh = ['listDetectionRules', 'getDetectionRule'] as const;
  const update = useChange('updateDetectionRule', refresh);
  const create = useChange('createDetectionRule', refresh);
  const remove = useChange('deleteDetectionRule', ['listDetectionRules']);
  const rule = asked.data?.id === id ? asked.data : undefined;
  const refused = update.error ?? create.error ?? remove.error;
  const save = (to: DetectionRuleBody) => {
    if (draft === null) return;
    const saved = () => {
      setDraft(null);
      void message.success(t('textSaved'));
    };
    if (to.origin === 'custom') update.mutate({ params: { id }, body: { etag: to.etag, text: draft } }, { onSuccess: saved });
    else
      create.mutate(
        { body: { text: draft } },
        {
          onSuccess: (made) => {
            saved();
            onOpen(made.id);
          },
        },
      );
  };
  return (
    <Preview
      label={t('preview')}
      width={560}
      head={
        rule && (
          <>
            <SeverityChip severity={rule.severity} />
            <span className="mono quiet ellipsis" title={rule.id}>
              {rule.id}
            </span>
            <span className="meta">{t('revision', { revision: rule.revision })}</span>
          </>
        )
      }
      title={rule?.title ?? id}
      onPrevious={onPrevious}
      onNext={onNext}
      onClose={onClose}
      actions={
        rule && (
          <>
            <label className="row">
              <Switch checked={rule.enabled} disabled={!mayChange} onChange={onToggle} />
              {rule.enabled ? t('on') : t('off')}
            </label>
            <span className="grow" />
            {rule.origin === 'custom' && mayChange && (
              <Button danger onClick={() => setEnding(true)}>
                {t('delete')}
              </Button>
            )}
          </>
        )
      }
    >
      {asked.error && !rule ? (
        <Problem error={asked.error} />
      ) : !rule ? (
        <SkeletonRows rows={12} height={24} />
      ) : (
        <>
          <TabsBar
            label={t('preview')}
            active={tab}
            onChange={setTab}
            tabs={TABS.filter((key) => key !== 'test' || mayTest).map((key) => ({ key, text: t(`tabs.${key}`) }))}
          />
          {refused && <Problem error={refused} />}
          {rule.fault !== null && (
            <StateCard tone="error" label={rule.fault.code} title={t('faultTitle')}>
              {rule.fault.detail}
            </StateCard>
          )}
          {tab === 'about' ? (
            <About rule={rule} />
          ) : tab === 'text' ? (
            <section className="sl-preview-section">
              <RuleText
                saved={rule.text}
                draft={draft}
                onDraft={setDraft}
                readOnly={!mayTest}
                note={rule.origin === 'custom' ? t('draftOwn') : t('draftBuiltIn')}
                actions={
                  mayChange && (
                    <Button size="small" type="primary" loading={update.isPending || create.isPending} onClick={() => save(rule)}>
                      {rule.origin === 'custom' ? t('saveText') : t('saveOwn')}
                    </Button>
                  )
                }
              />
            </section>
          ) : (
            <RuleTest id={id} draft={draft} mayReplay={mayChange} />
          )}
          <TypedConfirm
            open={ending}
            title={t('deleteTitle', { id })}
            word={id}
            action={t('deleteGo', { id })}
            busy={remove.isPending}
            onClose={() => setEnding(false)}
            onConfirm={() => remove.mutate({ params: { id } }, { onSuccess: onClose, onSettled: () => setEnding(false) })}
          >
            {t('deleteNote')}
          </TypedConfirm>
        </>
      )}
    </Preview>
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
