import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StandardizationRuleBody } from '../../../../src/api/rest/contract/rules.ts';
import { useMay } from '../../api/session.ts';
import { useCall, useChange } from '../../api/use-call.ts';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { Facts } from '../../kit/facts.tsx';
import { PreviewSection } from '../../kit/preview.tsx';
import type { RulePlace } from '../rules/rule-list.tsx';
import { RulePanel } from '../rules/rule-panel.tsx';
import { LogAndEvent } from './log-and-event.tsx';
import { StandardTest } from './standard-test.tsx';

/** One standardization rule: what it reads and makes, its samples, its text, and a test that stores nothing. */
export function StandardPreview({ place }: { readonly place: RulePlace }) {
  const { t } = useTranslation('rules');
  const mayTest = useMay('analyst');
  const [logs, setLogs] = useState('');
  const { id } = place;
  const asked = useCall('getStandardizationRule', { params: { id } });
  const refresh = ['listStandardizationRules', 'getStandardizationRule'] as const;
  const update = useChange('updateStandardizationRule', refresh);
  const create = useChange('createStandardizationRule', refresh);
  const remove = useChange('deleteStandardizationRule', ['listStandardizationRules']);
  return (
    <RulePanel
      place={place}
      rule={asked.data?.id === id ? asked.data : undefined}
      failed={asked.error}
      mark={(rule) => <CloudMark cloud={asCloud(rule.cloud)} show="name" />}
      tabs={[{ key: 'about' }, { key: 'samples', count: asked.data?.samples.length }, { key: 'text' }, { key: 'test' }]}
      refused={update.error ?? create.error ?? remove.error}
      saving={update.isPending || create.isPending}
      removing={remove.isPending}
      onUpdate={(rule, text) => update.mutateAsync({ params: { id }, body: { etag: rule.etag, text } })}
      onCreate={(text) => create.mutateAsync({ body: { text } })}
      onRemove={() => remove.mutateAsync({ params: { id } })}
      deleteNote={t('deleteStandardNote')}
    >
      {(rule, tab, draft, show) =>
        tab === 'about' ? (
          <About rule={rule} />
        ) : tab === 'samples' ? (
          <Samples
            rule={rule}
            onUse={
              mayTest
                ? (log) => {
                    setLogs(JSON.stringify([log], null, 2));
                    show('test');
                  }
                : undefined
            }
          />
        ) : (
          <StandardTest id={id} draft={draft} logs={logs} onLogs={setLogs} />
        )
      }
    </RulePanel>
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
