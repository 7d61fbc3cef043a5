import { App, Button, Switch } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { DetectionRuleBody, StandardizationRuleBody } from '../../../../src/api/rest/contract/rules.ts';
import { useMay } from '../../api/session.ts';
import { Preview } from '../../kit/preview.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SkeletonRows } from '../../kit/skeleton-rows.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { TabsBar } from '../../kit/tabs-bar.tsx';
import { TypedConfirm } from '../../kit/typed-confirm.tsx';
import type { RulePlace } from './rule-list.tsx';
import { RuleText } from './rule-text.tsx';

export type RuleTab = 'about' | 'samples' | 'text' | 'test';

interface RulePanelProps<Rule extends DetectionRuleBody | StandardizationRuleBody> {
  readonly place: RulePlace;
  /** Undefined: not read yet, or `failed` says why it cannot be. */
  readonly rule: Rule | undefined;
  readonly failed: Error | null;
  /** What stands before the id. */
  readonly mark: (rule: Rule) => ReactNode;
  readonly tabs: readonly { readonly key: RuleTab; readonly count?: number | undefined }[];
  /** Why the last change was refused. */
  readonly refused: Error | null;
  readonly saving: boolean;
  readonly removing: boolean;
  /** Changes the text of an own rule. */
  readonly onUpdate: (rule: Rule, text: string) => Promise<unknown>;
  /** Keeps the text as a new own rule. */
  readonly onCreate: (text: string) => Promise<{ readonly id: string }>;
  readonly onRemove: () => Promise<unknown>;
  readonly deleteNote: string;
  /** Every tab but the text. `draft`: text that is not saved yet; null: none. */
  readonly children: (rule: Rule, tab: RuleTab, draft: string | null, show: (tab: RuleTab) => void) => ReactNode;
}

/** One rule on the right of its list: what it is, its text, a test that changes nothing. */
export function RulePanel<Rule extends DetectionRuleBody | StandardizationRuleBody>(props: RulePanelProps<Rule>) {
  const { t } = useTranslation('rules');
  const { message } = App.useApp();
  const { place, rule } = props;
  const { id, mayChange } = place;
  const mayTest = useMay('analyst');
  const [tab, setTab] = useState<RuleTab>('about');
  const [draft, setDraft] = useState<string | null>(null);
  const [ending, setEnding] = useState(false);
  const save = async (to: Rule, text: string): Promise<void> => {
    try {
      if (to.origin === 'custom') await props.onUpdate(to, text);
      else place.onOpen((await props.onCreate(text)).id);
    } catch {
      // Shown above the text, which stays as it was typed.
      return;
    }
    setDraft(null);
    void message.success(t('textSaved'));
  };
  return (
    <Preview
      label={t('preview')}
      width={560}
      head={
        rule && (
          <>
            {props.mark(rule)}
            <span className="mono quiet ellipsis" title={rule.id}>
              {rule.id}
            </span>
            <span className="meta">{t('revision', { revision: rule.revision })}</span>
          </>
        )
      }
      title={rule?.title ?? id}
      onPrevious={place.onPrevious}
      onNext={place.onNext}
      onClose={place.onClose}
      actions={
        rule && (
          <>
            <label className="row">
              <Switch checked={rule.enabled} disabled={!mayChange} onChange={place.onToggle} />
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
      {props.failed && !rule ? (
        <Problem error={props.failed} />
      ) : !rule ? (
        <SkeletonRows rows={12} height={24} />
      ) : (
        <>
          <TabsBar
            label={t('preview')}
            active={tab}
            onChange={setTab}
            tabs={props.tabs.filter(({ key }) => key !== 'test' || mayTest).map((item) => ({ ...item, text: t(`tabs.${item.key}`) }))}
          />
          {props.refused && <Problem error={props.refused} />}
          {rule.fault !== null && (
            <StateCard tone="error" label={rule.fault.code} title={t('faultTitle')}>
              {rule.fault.detail}
            </StateCard>
          )}
          {tab === 'text' ? (
            <section className="sl-preview-section">
              <RuleText
                saved={rule.text}
                draft={draft}
                onDraft={setDraft}
                readOnly={!mayTest}
                note={rule.origin === 'custom' ? t('draftOwn') : t('draftBuiltIn')}
                actions={
                  mayChange && (
                    <Button size="small" type="primary" loading={props.saving} onClick={() => void save(rule, draft ?? rule.text)}>
                      {rule.origin === 'custom' ? t('saveText') : t('saveOwn')}
                    </Button>
                  )
                }
              />
            </section>
          ) : (
            props.children(rule, tab, draft, setTab)
          )}
          <TypedConfirm
            open={ending}
            title={t('deleteTitle', { id })}
            word={id}
            action={t('deleteGo', { id })}
            busy={props.removing}
            onClose={() => setEnding(false)}
            onConfirm={() =>
              void props.onRemove().then(
                place.onClose,
                // Shown above the rule.
                () => setEnding(false),
              )
            }
          >
            {props.deleteNote}
          </TypedConfirm>
        </>
      )}
    </Preview>
  );
}
