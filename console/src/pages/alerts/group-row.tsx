import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { AlertGroup, Verdict } from '../../../../src/api/rest/contract/alerts.ts';
import { entityIcon } from '../../kit/entity-icon.ts';
import { count } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { CloseMenu } from './close-menu.tsx';

interface GroupRowProps {
  readonly group: AlertGroup;
  readonly by: 'rule' | 'entity';
  readonly open: boolean;
  readonly cursor: boolean;
  readonly mayChange: boolean;
  readonly onToggle: () => void;
  readonly onTake: () => void;
  readonly onClose: (verdict: Verdict) => void;
}

const TREND_WIDTH = 84;
const TREND_HEIGHT = 16;

/** 34 px: a rule or an entity with its alerts counted; acts on all of them. */
export function GroupRow({ group, by, open, cursor, mayChange, onToggle, onTake, onClose }: GroupRowProps) {
  const { t } = useTranslation('alerts');
  const type = by === 'entity' ? group.key.slice(0, group.key.indexOf(':')) : '';
  const [first, ...others] = group.techniques;
  return (
    <div
      role="row"
      className={`sl-group-row${cursor ? ' sl-row-cursor' : ''}`}
      data-testid={`group-${group.key}`}
      data-cursor={cursor || undefined}
      onClick={onToggle}
    >
      <span role="cell" className="row grow">
        <button
          type="button"
          className="sl-tool"
          aria-expanded={open}
          aria-label={group.title}
          onClick={(click) => {
            click.stopPropagation();
            onToggle();
          }}
        >
          <Icon name={open ? 'down' : 'right'} size={14} />
        </button>
        <SeverityChip severity={group.severity} />
        <span className="sl-group-count">{count(group.count)}</span>
        {by === 'entity' && <Icon name={entityIcon(type)} size={14} className="quiet" />}
        <span className={by === 'entity' ? 'sl-group-title mono ellipsis' : 'sl-group-title ellipsis'} title={group.title}>
          {group.title}
        </span>
        {by === 'entity' && <span className="meta">{type}</span>}
        {by === 'rule' && first !== undefined && <span className="sl-code-chip">{first}</span>}
        {by === 'rule' && others.length > 0 && (
          <span className="meta" title={others.join(', ')}>
            +{others.length}
          </span>
        )}
      </span>
      {by === 'rule' && group.entityCount > 0 && (
        <span role="cell" className="meta sl-group-entities">
          {t('entityCount', { count: group.entityCount })}
        </span>
      )}
      <span role="cell">
        <Trend counts={group.trend} label={t('groupTrend')} />
      </span>
      <span role="cell" className="row sl-group-acts" onClick={(click) => click.stopPropagation()}>
        <Button type="text" size="small" disabled={!mayChange} onClick={onTake}>
          {t('take')}
        </Button>
        <CloseMenu quiet disabled={!mayChange} onClose={onClose} />
      </span>
    </div>
  );
}

/** Alerts in 24 parts of the time, bars from one line. */
function Trend({ counts, label }: { readonly counts: readonly number[]; readonly label: string }) {
  const most = Math.max(1, ...counts);
  const step = TREND_WIDTH / Math.max(1, counts.length);
  return (
    <svg width={TREND_WIDTH} height={TREND_HEIGHT} role="img" aria-label={label} className="sl-group-trend">
      {counts.map((value, at) => {
        const height = value === 0 ? 1 : Math.max(2, (value / most) * TREND_HEIGHT);
        return <rect key={at} x={at * step} y={TREND_HEIGHT - height} width={step - 1} height={height} />;
      })}
    </svg>
  );
}
