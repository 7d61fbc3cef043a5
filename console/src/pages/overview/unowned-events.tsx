import { Link } from '@tanstack/react-router';
import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OverviewBody } from '../../../../src/api/rest/contract/overview.ts';
import { useMay, useSession } from '../../api/session.ts';
import { useChange } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { asCloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { Problem } from '../../kit/problem.tsx';
import { SeverityChip } from '../../kit/severity-chip.tsx';
import { useUndo } from '../../kit/use-undo.tsx';
import { DueIn } from './tiles.tsx';

type Event = OverviewBody['events']['top'][number];

/** Open events that nobody has taken, the worst first; taking one is a click. */
export function UnownedEvents({ events }: { readonly events: OverviewBody['events'] }) {
  const { t } = useTranslation('overview');
  const { me } = useSession();
  const mayChange = useMay('analyst');
  const undo = useUndo();
  const change = useChange('updateSecurityEvent', ['overview', 'listSecurityEvents', 'summarizeSecurityEvents', 'getSecurityEvent']);
  // The server answers an overview for two seconds from memory: what was just taken must not come back meanwhile.
  const [taken, setTaken] = useState<ReadonlySet<string>>(new Set());
  const shown = events.top.filter((event) => !taken.has(event.id));
  const give = (id: string) => setTaken((before) => new Set([...before].filter((other) => other !== id)));
  const take = (event: Event) =>
    change.mutate(
      { params: { id: event.id }, body: { etag: event.etag, owner: me.user } },
      {
        onSuccess: (after) => {
          setTaken((before) => new Set([...before, event.id]));
          undo.offer(t('taken', { id: event.id }), async () => {
            await change.mutateAsync({ params: { id: event.id }, body: { etag: after.etag, owner: null } });
            give(event.id);
          });
        },
      },
    );
  return (
    <Card
      title={t('needOwner')}
      note={events.withoutOwner - (events.top.length - shown.length)}
      action={<Link to="/events">{t('openQueue')}</Link>}
      flush
    >
      {change.error && <Problem error={change.error} />}
      {shown.length === 0 && <p className="quiet sl-overview-none">{events.open === 0 ? t('noEvents') : t('allOwned')}</p>}
      {shown.map((event) => (
        <div key={event.id} className="sl-overview-event">
          <SeverityChip severity={event.severity} markOnly />
          <Link to="/events/$id" params={{ id: event.id }} className="grow sl-ink-link" data-testid={`top-${event.id}`} title={event.title}>
            <span className="sl-overview-event-title ellipsis">{event.title}</span>
            <span className="row meta">
              <span className="mono">{event.id}</span>
              {event.clouds.map(({ cloud }) => (
                <CloudMark key={cloud} cloud={asCloud(cloud)} />
              ))}
              <DueIn at={event.dueAt} />
            </span>
          </Link>
          {mayChange && <Button onClick={() => take(event)}>{t('take')}</Button>}
        </div>
      ))}
    </Card>
  );
}
