import { Checkbox } from 'antd';
import type { EventSummaryBody } from '../../../../src/api/rest/contract/security-events.ts';
import { Avatar } from '../../kit/avatar.tsx';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { Due } from '../../kit/due.tsx';
import { duration } from '../../kit/format.ts';
import { Risk } from '../../kit/risk.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { severityColour } from '../../kit/severity.ts';
import { TacticStrip } from '../../kit/tactic-strip.tsx';
import { hitsOf } from './tactic-hits.ts';

interface EventRowProps {
  readonly event: EventSummaryBody;
  readonly cursor: boolean;
  readonly open: boolean;
  readonly selected: boolean;
  readonly onSelect: () => void;
  readonly onClick: () => void;
  readonly onOpen: () => void;
}

/** Source first, then what it reached: `203.0.113.66 → prod-web-01, ops-alice`. */
export function entityLine(event: Pick<EventSummaryBody, 'entities'>): string {
  const source = event.entities.find((entity) => entity.role === 'attacker') ?? event.entities[0];
  const others = event.entities.filter((entity) => entity !== source).map((entity) => entity.value);
  return source ? `${source.value}${others.length > 0 ? ` → ${others.slice(0, 4).join(', ')}` : ''}` : '';
}

/** 48 px, two lines: the verdict and its names. */
export function EventRow({ event, cursor, open, selected, onSelect, onClick, onOpen }: EventRowProps) {
  const quietMs = Date.now() - Date.parse(event.lastSeen);
  return (
    <div
      role="row"
      className={`sl-event-row${open || selected ? ' sl-row-on' : ''}${cursor ? ' sl-row-cursor' : ''}`}
      style={{ boxShadow: `inset 3px 0 0 ${severityColour(event.severity, 'fill')}` }}
      aria-selected={selected}
      data-testid={`event-${event.id}`}
      onClick={onClick}
      onDoubleClick={onOpen}
    >
      <span role="cell" onClick={(click) => click.stopPropagation()}>
        <Checkbox checked={selected} onChange={onSelect} aria-label={event.id} />
      </span>
      <span role="cell">
        <SeverityChip severity={event.severity} />
      </span>
      <span role="cell" className="sl-event-what">
        <span className="ellipsis sl-event-title">{event.title}</span>
        <span className="ellipsis mono quiet">
          {event.id} · {entityLine(event)}
        </span>
      </span>
      <span role="cell">
        <TacticStrip hits={hitsOf(event)} />
      </span>
      <span role="cell" className="row" style={{ gap: 5 }}>
        {event.clouds.map(({ cloud }) => (
          <CloudMark key={cloud} cloud={asCloud(cloud)} />
        ))}
      </span>
      <span role="cell">
        <Risk score={event.riskScore} severity={event.severity} />
      </span>
      <span role="cell" className="sl-event-what num">
        <span>{event.alertCount}</span>
        <span className="quiet" style={{ fontSize: 12 }}>
          {duration(quietMs)}
        </span>
      </span>
      <span role="cell" className="row" style={{ gap: 6 }}>
        <Avatar name={event.owner} />
        <Due at={event.dueAt} />
      </span>
    </div>
  );
}
