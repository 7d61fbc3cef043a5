import { useNavigate } from '@tanstack/react-router';
import { InputNumber } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/use-call.ts';
import { InlineForm } from '../../kit/inline-form.tsx';
import { NameField } from '../../kit/name-field.tsx';
import { FOR_EVER_DAYS } from './retention-text.tsx';

/** What the server takes when nothing is said. */
const SHARDS = 2;
const TTL_DAYS = 180;

/** A logstore is made in place; its page opens so that the index can be set. */
export function NewLogstore({ project, onDone }: { readonly project: string; readonly onDone: () => void }) {
  const { t } = useTranslation('stores');
  const go = useNavigate();
  const [name, setName] = useState('');
  const [shardCount, setShardCount] = useState(SHARDS);
  const [ttlDays, setTtlDays] = useState(TTL_DAYS);
  const create = useChange('createLogstore', ['listAllLogstores', 'listProjects', 'overview']);
  const make = () =>
    create.mutate(
      { params: { project }, body: { name: name.trim(), shardCount, ttlDays } },
      {
        onSuccess: (made) => {
          onDone();
          void go({ to: '/stores/$project/$logstore', params: { project, logstore: made.name }, search: { tab: 'index' } });
        },
      },
    );
  return (
    <InlineForm ready={name.trim() !== ''} busy={create.isPending} error={create.error} onSubmit={make} onCancel={onDone}>
      <NameField label={t('name')} value={name} maxLength={63} width={240} onChange={setName} />
      <label className="sl-form-item">
        <span>{t('columns.shards')}</span>
        <InputNumber min={1} max={100} precision={0} value={shardCount} onChange={(value) => setShardCount(value ?? SHARDS)} />
      </label>
      <label className="sl-form-item">
        <span>{t('ttlDays')}</span>
        <InputNumber min={1} max={FOR_EVER_DAYS} precision={0} value={ttlDays} onChange={(value) => setTtlDays(value ?? TTL_DAYS)} />
      </label>
    </InlineForm>
  );
}
