import { useTranslation } from 'react-i18next';
import type { OverviewBody } from '../../../../src/api/rest/contract/overview.ts';
import { Card } from '../../kit/card.tsx';
import { Icon } from '../../kit/icon.tsx';
import { PlaceLink } from './place-link.tsx';
import './overview-page.css';

const STEPS = ['password', 'log', 'alert', 'sink'] as const;

/** What is left to do after the first start; gone once it is done. */
export function SetUp({ steps }: { readonly steps: OverviewBody['setUp'] }) {
  const { t } = useTranslation('overview');
  const done = steps.filter((step) => step.done).length;
  if (done === steps.length) return null;
  return (
    <Card title={t('setUp')} note={t('setUpNote', { done, total: steps.length })}>
      {steps.map((step) => {
        const known = STEPS.find((id) => id === step.id);
        return (
          <div key={step.id} className="sl-overview-line">
            {step.done ? <Icon name="checkCircle" size={16} className="ok" /> : <span className="sl-overview-todo" aria-hidden="true" />}
            <span className={step.done ? 'quiet grow' : 'grow'}>{known === undefined ? step.text : t(`steps.${known}`)}</span>
            {step.done && <span className="visually-hidden">{t('done')}</span>}
            {!step.done && <PlaceLink link={step.link} text={t('start')} />}
          </div>
        );
      })}
    </Card>
  );
}
