import { Link } from '@tanstack/react-router';
import { Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Verdict } from '../../../../src/api/rest/contract/alerts.ts';
import type { EventStatus, SecurityEventBody } from '../../../../src/api/rest/contract/security-events.ts';
import type { ApiError } from '../../api/problem.ts';
import { useSession } from '../../api/session.ts';
import { EVENT_STATUS_WORDS, VERDICT_WORDS } from '../../api/words.ts';
import { asCloud, cloudColour } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { entityIcon } from '../../kit/entity-icon.ts';
import { Facts } from '../../kit/facts.tsx';
import { clockMinute, clockTime, count, dateTime, day, duration } from '../../kit/format.ts';
import { Icon } from '../../kit/icon.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { severityColour } from '../../kit/severity.ts';
import { useAge } from '../../kit/use-age.ts';
import { usePreferences } from '../../theme/preferences.ts';

export interface EventEdit {
  readonly status?: EventStatus;
  readonly owner?: string | null;
  readonly verdict?: Verdict | null;
}

interface EventSummaryProps {
  readonly event: SecurityEventBody;
  readonly mayChange: boolean;
  readonly busy: boolean;
  readonly error: ApiError | null;
  readonly onEdit: (edit: EventEdit) => void;
  readonly onAllEntities: () => void;
}

const KNOWN_PARTS = ['depth', 'assets', 'spread', 'confidence', 'severity', 'recency', 'breadth', 'technique'] as const;

/** 240 px that stay: risk and what it is made of, who has it, until when, where it happened. */
export function EventSummary({ event, mayChange, busy, error, onEdit, onAllEntities }: EventSummaryProps) {
  const { t } = useTranslation('events');
  const { me } = useSession();
  const { zone } = usePreferences();
  useAge(1, 15_000);
  const partName = (name: string) => {
    const known = KNOWN_PARTS.find((part) => part === name);
    return known ? t(`riskPart.${known}`) : name;
  };
  const time = (iso: string) =>
    day(new Date(iso), zone) === day(new Date(event.firstSeen), zone) && day(new Date(iso), zone) === day(new Date(), zone)
      ? clockTime(new Date(iso), zone)
      : dateTime(new Date(iso), zone);
  const most = Math.max(1, ...event.clouds.map((cloud) => cloud.alerts));
  const left = event.dueAt === null ? null : Date.parse(event.dueAt) - Date.now();
  const owners = [...new Set([me.user, ...(event.owner === null ? [] : [event.owner])])];
  return (
    <aside className="sl-event-side" aria-label={event.id}>
      <div className="row" style={{ alignItems: 'flex-end' }}>
        <span className="sl-risk-score">{Math.round(event.riskScore)}</span>
        <span className="meta grow" style={{ paddingBottom: 4 }}>
          {t('detail.risk')}
        </span>
        <SeverityChip severity={event.severity} />
      </div>
      <div className="sl-risk-bar" aria-hidden="true">
        {event.riskParts.map((part, at) => (
          <span key={part.name} style={{ flex: part.points, background: severityColour(event.severity, 'fill'), opacity: 1 - at * 0.2 }} />
        ))}
        <span style={{ flex: Math.max(0, 100 - event.riskScore), background: 'var(--sl-track)' }} />
      </div>
      <div className="meta">
        {event.riskParts.map((part) => `${partName(part.name)} ${Math.round(part.points)}`).join(t('listComma', { ns: 'common' }))}
      </div>
      <section>
        <Facts
          nameWidth={78}
          items={[
            [
              t('detail.status'),
              <Select
                key="s"
                size="small"
                value={event.status}
                disabled={!mayChange}
                loading={busy}
                aria-label={t('detail.status')}
                style={{ width: 118 }}
                onChange={(status) => onEdit({ status })}
                options={EVENT_STATUS_WORDS.map((word) => ({ value: word, label: t(`eventStatus.${word}`, { ns: 'common' }) }))}
              />,
            ],
            [
              t('detail.owner'),
              <Select
                key="o"
                size="small"
                value={event.owner ?? ''}
                disabled={!mayChange}
                aria-label={t('detail.owner')}
                style={{ width: 118 }}
                onChange={(owner) => onEdit({ owner: owner === '' ? null : owner })}
                options={[
                  { value: '', label: <span className="quiet">{t('noOwner', { ns: 'common' })}</span> },
                  ...owners.map((name) => ({ value: name, label: name === me.user ? `${name} (${t('you', { ns: 'common' })})` : name })),
                ]}
              />,
            ],
            [
              t('detail.verdict'),
              <Select
                key="v"
                size="small"
                value={event.verdict ?? ''}
                disabled={!mayChange}
                aria-label={t('detail.verdict')}
                style={{ width: 118 }}
                popupMatchSelectWidth={false}
                onChange={(verdict) => onEdit({ verdict: VERDICT_WORDS.find((word) => word === verdict) ?? null })}
                options={['' as const, ...VERDICT_WORDS].map((word) => ({
                  value: word,
                  label:
                    word === '' ? (
                      <span className="quiet">{t('verdict.none', { ns: 'common' })}</span>
                    ) : (
                      t(`verdict.${word}`, { ns: 'common' })
                    ),
                }))}
              />,
            ],
            [
              t('detail.due'),
              event.dueAt === null || left === null ? (
                <span className="quiet">{t('detail.noDue')}</span>
              ) : (
                <b className={left < 0 ? 'error' : 'late'}>
                  {left < 0
                    ? t('detail.dueOver', { at: clockMinute(new Date(event.dueAt), zone), over: duration(-left) })
                    : t('detail.dueIn', { at: clockMinute(new Date(event.dueAt), zone), left: duration(left) })}
                </b>
              ),
            ],
          ]}
        />
        {error && (
          <div className="error" role="alert">
            {error.message}
          </div>
        )}
      </section>
      <section>
        <h3>
          {t('detail.clouds')} <span className="quiet">{event.clouds.length}</span>
        </h3>
        {event.clouds.map(({ cloud, alerts }) => (
          <div key={cloud} className="sl-cloud-count">
            <CloudMark cloud={asCloud(cloud)} show="name" />
            <div>
              <span style={{ width: `${(alerts / most) * 100}%`, background: cloudColour(asCloud(cloud)) }} />
            </div>
            <span className="num">{alerts}</span>
          </div>
        ))}
      </section>
      <section>
        <h3>
          {t('preview.entities')}
          <button type="button" className="link" style={{ fontWeight: 400 }} onClick={onAllEntities}>
            {t('preview.all', { count: event.entities.length })}
          </button>
        </h3>
        {event.entities.slice(0, 6).map((entity) => (
          <div key={`${entity.type}${entity.value}`} className="row" style={{ height: 23 }}>
            <Icon name={entityIcon(entity.type)} size={14} style={{ color: 'var(--sl-text3)' }} />
            <span className="mono ellipsis grow" title={entity.value}>
              {entity.value}
            </span>
            <span className="meta">{entity.role ?? entity.type}</span>
          </div>
        ))}
      </section>
      <section>
        <Facts
          nameWidth={78}
          items={[
            [t('detail.firstSeen'), time(event.firstSeen)],
            [t('detail.lastSeen'), time(event.lastSeen)],
            [t('detail.alerts'), t('detail.alertsFrom', { count: event.alertCount, rules: event.ruleCount })],
            [t('detail.logs'), t('detail.logsIn', { count: count(event.evidenceCount) as unknown as number, stores: event.logstoreCount })],
          ]}
        />
      </section>
      {event.similar.length > 0 && (
        <section>
          <h3>{t('detail.similar')}</h3>
          {event.similar.map((other) => (
            <div
              key={other.id}
              className="row"
              style={{ minHeight: 23 }}
              title={`${other.title}\n${t(`verdict.${other.verdict ?? 'none'}`, { ns: 'common' })}`}
            >
              <Link to="/events/$id" params={{ id: other.id }} search={{}} className="mono">
                {other.id}
              </Link>
              <span className="meta ellipsis grow" style={{ textAlign: 'right' }}>
                {other.why}
              </span>
            </div>
          ))}
        </section>
      )}
    </aside>
  );
}
