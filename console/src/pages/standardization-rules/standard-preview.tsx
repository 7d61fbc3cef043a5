import { App, Button, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StandardizationRuleBody } from '../../../../src/api/rest/contract/rules.ts';
import { useMay } from '../../api/session.ts';
import { useCall, useChange } from '../../api/use-call.ts';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { Facts } from '../../kit/facts.tsx';
import { Preview, PreviewSection } from '../../kit/preview.tsx';
import { Problem } from '../../kit/problem.tsx';
import { RuleText } from '../../kit/rule-text.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { TypedConfirm } from '../../kit/typed-confirm.tsx';
import { LogAndEvent } from './log-and-event.tsx';
import { StandardTest } from './standard-test.tsx';

const TABS = ['about', 'samples', 'text', 'test'] as const;
type Tab = (typeof TABS)[number];

interface StandardPreviewProps {
  readonly id: string;
  readonly mayChange: boolean;
  readonly onPrevious: () => void;
  readonly onNext: () => void;
  readonly onClose: () => void;
  readonly onOpen: (id: string) => void;
  readonly onToggle: () => void;
}

/** One standardization rule: what it reads and makes, its samples, its text, and a test that stores nothing. */
export function StandardPreview({ id, mayChange, onPrevious, onNext, onClose, onOpen, onToggle }: StandardPreviewProps) {
  const { t } = useTranslation('rules');
  const { message } = App.useApp();
  const mayTest = useMay('analyst');
  const [tab, setTab] = useState<Tab>('about');
  const [draft, setDraft] = useState<string | null>(null);
  const [logs, setLogs] = useState('');
  const [ending, setEnding] = useState(false);
  const asked = useCall('getStandardizationRule', { params: { id } });
  const refresh = ['listStandardizationRules', 'getStandardizationRule'] as const;
  const update = useChange('updateStandardizationRule', refresh);
  const create = useChange('createStandardizationRule', refresh);
  const remove = useChange('deleteStandardizationRule', ['listStandardizationRules']);
  const rule = asked.data?.id === id ? asked.data : undefined;
  const refused = update.error ?? create.error ?? remove.error;
  const save = (to: StandardizationRuleBody) => {
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
            <CloudMark cloud={asCloud(rule.cloud)} show="name" />
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
            tabs={TABS.filter((key) => key !== 'test' || mayTest).map((key) => ({
              key,
              text: t(`tabs.${key}`),
              count: key === 'samples' ? rule.samples.length : undefined,
            }))}
          />
          {refused && <Problem error={refused} />}
          {rule.fault !== null && (
            <StateCard tone="error" label={rule.fault.code} title={t('faultTitle')}>
              {rule.fault.detail}
            </StateCard>
          )}
          {tab === 'about' ? (
            <About rule={rule} />
          ) : tab === 'samples' ? (
            <Samples
              rule={rule}
              onUse={
                mayTest
                  ? (log) => {
                      setLogs(JSON.stringify([log], null, 2));
                      setTab('test');
                    }
                  : undefined
              }
            />
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
            <StandardTest id={id} draft={draft} logs={logs} onLogs={setLogs} />
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
            {t('deleteStandardNote')}
          </TypedConfirm>
        </>
      )}
    </Preview>
  );
}

function About({ rule }: { readonly rule: StandardizationRuleBody }) {
  const { t } = useTranslation('rules');
  return (
    <>
      <section className="sl-preview-section">
        <Facts
          nameWidth={104}
          items={[
            [t('about.product'), rule.product],
            [t('about.logType'), <span className="mono">{rule.logType}</span>],
            [
              t('about.structure'),
              <>
                {rule.className} <span className="mono quiet">{rule.classUid}</span>
              </>,
            ],
            [t('about.category'), rule.category],
            [t('about.origin'), t(`origin.${rule.origin}`)],
            [t('about.uses'), t('about.policies', { count: rule.references })],
          ]}
        />
      </section>
      <PreviewSection title={t('about.spl')}>
        <pre className="sl-source">{rule.spl.trim()}</pre>
      </PreviewSection>
    </>
  );
}

interface SamplesProps {
  readonly rule: StandardizationRuleBody;
  readonly onUse: ((log: Readonly<Record<string, string>>) => void) | undefined;
}

function Samples({ rule, onUse }: SamplesProps) {
  const { t } = useTranslation('rules');
  return rule.samples.map((sample, at) => (
    <PreviewSection
      // The samples of a rule have no name; their order is theirs.
      key={at}
      title={t('test.sample', { at: at + 1 })}
      extra={
        onUse && (
          <button type="button" className="link" onClick={() => onUse(sample.log)}>
            {t('test.useSample')}
          </button>
        )
      }
    >
      <LogAndEvent log={sample.log} event={sample.event} />
    </PreviewSection>
  ));
}
