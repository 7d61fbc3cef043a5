import { useTranslation } from 'react-i18next';
import type { OverviewBody } from '../../../../src/api/rest/contract/overview.ts';
import { Icon } from '../../kit/icon.tsx';
import { PlaceLink } from './place-link.tsx';

/** One sentence first; below it each problem in the server's words, with the page where it is looked at. */
export function Verdict({ verdict }: { readonly verdict: OverviewBody['verdict'] }) {
  const { t } = useTranslation('overview');
  const { level, problems } = verdict;
  return (
    <section className="sl-verdict" role="status" data-testid="verdict">
      <Icon name={level === 'ok' ? 'checkCircle' : 'warning'} size={18} className={level} />
      <div className="grow">
        <h2>{level === 'ok' ? t('verdict.ok') : t('verdict.problems', { count: problems.length })}</h2>
        {problems.length > 0 && (
          <ul>
            {problems.map((problem) => (
              <li key={`${problem.level}${problem.text}`}>
                <span className={problem.level}>{problem.text}</span>
                <PlaceLink link={problem.link} text={t('verdict.look')} />
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
