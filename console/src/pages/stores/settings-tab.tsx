import { useNavigate } from '@tanstack/react-router';
import { App, Button, InputNumber, Select, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Logstore } from '../../../../src/api/rest/contract/logstores.ts';
import { useChange } from '../../api/use-call.ts';
import { Card } from '../../kit/card.tsx';
import { Facts } from '../../kit/facts.tsx';
import { fullTime } from '../../kit/format.ts';
import { Problem } from '../../kit/problem.tsx';
import { TypedConfirm } from '../../kit/typed-confirm.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { FOR_EVER_DAYS } from './retention-text.tsx';

const PROFILES = ['balanced', 'search', 'compact'] as const;

/** Retention, splitting and index profile of a logstore, and its end. */
export function SettingsTab({ store, mayChange }: { readonly store: Logstore; readonly mayChange: boolean }) {
  const { t } = useTranslation('stores');
  const { zone } = usePreferences();
  const { message } = App.useApp();
  const go = useNavigate();
  const [ttlDays, setTtlDays] = useState(store.ttlDays);
  const [autoSplit, setAutoSplit] = useState(store.autoSplit);
  const [maxSplitShard, setMaxSplitShard] = useState(store.maxSplitShard);
  const [appendMeta, setAppendMeta] = useState(store.appendMeta);
  const [profile, setProfile] = useState(store.profile);
  const [ending, setEnding] = useState(false);
  const params = { project: store.project, logstore: store.name };
  const update = useChange('updateLogstore', ['getLogstore', 'listAllLogstores', 'overview']);
  const remove = useChange('deleteLogstore', ['listAllLogstores', 'listProjects', 'overview']);
  const body = {
    ...(ttlDays === store.ttlDays ? {} : { ttlDays }),
    ...(autoSplit === store.autoSplit ? {} : { autoSplit }),
    ...(maxSplitShard === store.maxSplitShard ? {} : { maxSplitShard }),
    ...(appendMeta === store.appendMeta ? {} : { appendMeta }),
    ...(profile === store.profile ? {} : { profile }),
  };
  // The form starts anew with the saved values, so its own callbacks are gone by then: the promise outlives it.
  const save = () =>
    void update.mutateAsync({ params, body: { etag: store.etag, ...body } }).then(
      () => message.success(t('saved')),
      // Shown above the form.
      () => undefined,
    );
  const changed = Object.keys(body).length > 0;
  return (
    <>
      {(update.error ?? remove.error) && <Problem error={(update.error ?? remove.error)!} />}
      <Card
        title={t('tabs.settings')}
        action={
          <Button type="primary" size="small" disabled={!mayChange || !changed} loading={update.isPending} onClick={save}>
            {t('save', { ns: 'common' })}
          </Button>
        }
      >
        <div className="sl-form">
          <label className="sl-form-item">
            <span>{t('ttlDays')}</span>
            <InputNumber
              disabled={!mayChange}
              min={1}
              max={FOR_EVER_DAYS}
              precision={0}
              value={ttlDays}
              onChange={(value) => setTtlDays(value ?? store.ttlDays)}
            />
            <span className="meta">{ttlDays < store.ttlDays ? t('ttlShorter') : t('ttlNote')}</span>
          </label>
          <label className="sl-form-item">
            <span>{t('profileName')}</span>
            <Select
              disabled={!mayChange}
              style={{ width: 220 }}
              value={profile}
              onChange={setProfile}
              options={PROFILES.map((value) => ({ value, label: t(`profile.${value}`) }))}
            />
            <span className="meta">{t(`profileNote.${profile}`)}</span>
          </label>
          <div className="sl-form-item">
            <span>{t('autoSplit')}</span>
            <span className="row">
              <Switch size="small" disabled={!mayChange} checked={autoSplit} onChange={setAutoSplit} aria-label={t('autoSplit')} />
              <span className="quiet">{t('upTo')}</span>
              <InputNumber
                disabled={!mayChange || !autoSplit}
                min={1}
                max={256}
                precision={0}
                value={maxSplitShard}
                onChange={(value) => setMaxSplitShard(value ?? store.maxSplitShard)}
                aria-label={t('maxSplitShard')}
              />
              <span className="quiet">{t('shardsWord')}</span>
            </span>
          </div>
          <div className="sl-form-item">
            <span>{t('appendMeta')}</span>
            <span className="row">
              <Switch size="small" disabled={!mayChange} checked={appendMeta} onChange={setAppendMeta} aria-label={t('appendMeta')} />
              <span className="meta">{t('appendMetaNote')}</span>
            </span>
          </div>
        </div>
      </Card>
      <Card title={t('about')}>
        <Facts
          nameWidth={120}
          items={[
            [t('created'), <span className="mono">{fullTime(new Date(store.createdAt), zone)}</span>],
            [t('modified'), <span className="mono">{fullTime(new Date(store.modifiedAt), zone)}</span>],
          ]}
        />
      </Card>
      {mayChange && (
        <Card title={t('deleteTitle')}>
          <div className="row">
            <span className="grow text2">{t('deleteNote')}</span>
            <Button danger onClick={() => setEnding(true)} data-testid="delete-logstore">
              {t('deleteIt')}
            </Button>
          </div>
          <TypedConfirm
            open={ending}
            title={t('deleteTitle')}
            word={store.name}
            action={t('deleteName', { name: store.name })}
            busy={remove.isPending}
            onClose={() => setEnding(false)}
            onConfirm={() =>
              remove.mutate(
                { params, query: { confirm: store.name } },
                { onSuccess: () => void go({ to: '/stores' }), onError: () => setEnding(false) },
              )
            }
          >
            {t('deleteNote')}
          </TypedConfirm>
        </Card>
      )}
    </>
  );
}
