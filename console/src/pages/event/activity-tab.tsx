import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange, usePages } from '../../api/use-call.ts';
import { dateTime } from '../../kit/format.ts';
import { Problem } from '../../kit/problem.tsx';
import { usePreferences } from '../../theme/preferences.ts';

/** What happened to the event, newest first, and a place to say something. */
export function ActivityTab({ id, mayComment }: { readonly id: string; readonly mayComment: boolean }) {
  const { t } = useTranslation('events');
  const { zone } = usePreferences();
  const [text, setText] = useState('');
  const list = usePages('listActivity', { params: { id }, query: { pageSize: 50 } }, { everyMs: 10_000 });
  const add = useChange('addComment', ['listActivity']);
  const send = () => {
    const said = text.trim();
    if (said !== '') add.mutate({ params: { id }, body: { text: said } }, { onSuccess: () => setText('') });
  };
  return (
    <div className="sl-scroll">
      <div className="sl-activity">
        {mayComment && (
          <div className="row" style={{ alignItems: 'flex-end' }}>
            <Input.TextArea
              autoSize={{ minRows: 1, maxRows: 6 }}
              value={text}
              placeholder={t('activity.comment')}
              aria-label={t('activity.comment')}
              onChange={(event) => setText(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send();
              }}
            />
            <Button type="primary" loading={add.isPending} disabled={text.trim() === ''} onClick={send}>
              {t('activity.send')}
            </Button>
          </div>
        )}
        {add.error && <Problem error={add.error} />}
        {list.error && <Problem error={list.error} />}
        {list.items.length === 0 && !list.isPending && <p className="quiet">{t('activity.none')}</p>}
        <ul>
          {list.items.map((entry) => (
            <li key={`${entry.at}${entry.kind}${entry.text}`}>
              <span className="mono quiet">{dateTime(new Date(entry.at), zone)}</span>
              <span className="ellipsis">
                {entry.actor} <span className="meta">{t(`activity.kind.${entry.kind}`)}</span>
              </span>
              <span style={{ overflowWrap: 'anywhere' }}>{entry.text}</span>
            </li>
          ))}
        </ul>
        {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()}>{t('loadMore', { ns: 'common' })}</Button>}
      </div>
    </div>
  );
}
