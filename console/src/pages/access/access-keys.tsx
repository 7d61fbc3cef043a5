import { Button, Select, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AccessKeyBody } from '../../../../src/api/rest/contract/access.ts';
import { useChange, usePages } from '../../api/use-call.ts';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { InlineForm } from '../../kit/inline-form.tsx';
import { ListBody } from '../../kit/list-body.tsx';
import { NameField } from '../../kit/name-field.tsx';
import { Problem } from '../../kit/problem.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { TypedConfirm } from '../../kit/typed-confirm.tsx';
import { When } from '../../kit/when.tsx';
import { ShownOnce } from '../../kit/shown-once.tsx';

/** The policies every installation has; own ones can be typed. */
const POLICIES = ['AliyunLogFullAccess', 'AliyunLogReadOnlyAccess'];

/** Keys that sign calls of the SLS wire API. */
export function AccessKeys({ adding, onDone }: { readonly adding: boolean; readonly onDone: () => void }) {
  const { t } = useTranslation('access');
  const [owner, setOwner] = useState('');
  const [policies, setPolicies] = useState<string[]>([]);
  const [ending, setEnding] = useState<AccessKeyBody | null>(null);
  const list = usePages('listAccessKeys', { query: { pageSize: 500 } });
  const create = useChange('createAccessKey', ['listAccessKeys']);
  const update = useChange('updateAccessKey', ['listAccessKeys']);
  const remove = useChange('deleteAccessKey', ['listAccessKeys']);
  const items: readonly AccessKeyBody[] = list.items;
  const refused = update.error ?? remove.error;
  const columns: readonly Column<AccessKeyBody>[] = [
    { key: 'id', title: t('columns.id'), width: 250, render: (key) => <span className="mono strong">{key.accessKeyId}</span> },
    { key: 'secret', title: t('columns.secret'), width: 110, render: (key) => <span className="mono quiet">{key.maskedSecret}</span> },
    { key: 'owner', title: t('columns.owner'), width: 170, render: (key) => <span className="mono">{key.owner}</span> },
    {
      key: 'policies',
      title: t('columns.policies'),
      render: (key) => (key.policies.length === 0 ? <span className="warn">{t('noPolicy')}</span> : key.policies.join(', ')),
    },
    {
      key: 'created',
      title: t('columns.created'),
      width: 168,
      render: (key) => <When at={key.createdAt} />,
    },
    {
      key: 'active',
      title: t('columns.active'),
      width: 60,
      render: (key) => (
        <span className="sl-cell-switch">
          <Switch
            size="small"
            checked={key.active}
            onChange={(active) => update.mutate({ params: { id: key.accessKeyId }, body: { active } })}
            aria-label={t('switchKey', { id: key.accessKeyId })}
          />
        </span>
      ),
    },
    {
      key: 'delete',
      title: '',
      width: 96,
      align: 'right',
      render: (key) => (
        <Button size="small" type="text" danger onClick={() => setEnding(key)}>
          {t('delete')}
        </Button>
      ),
    },
  ];
  return (
    <>
      {adding && (
        <InlineForm
          ready={owner.trim() !== ''}
          busy={create.isPending}
          error={create.error}
          onSubmit={() => {
            create.mutate(
              { body: { owner: owner.trim(), policies } },
              {
                onSuccess: () => {
                  setOwner('');
                  setPolicies([]);
                  onDone();
                },
              },
            );
          }}
          onCancel={onDone}
        >
          <NameField label={t('owner')} value={owner} maxLength={64} width={200} hint={t('ownerHint')} onChange={setOwner} />
          <div className="sl-form-item">
            <span>{t('policies')}</span>
            <Select
              mode="tags"
              value={policies}
              onChange={setPolicies}
              options={POLICIES.map((value) => ({ value, label: value }))}
              aria-label={t('policies')}
              style={{ width: 380 }}
            />
          </div>
        </InlineForm>
      )}
      {refused && <Problem error={refused} />}
      {create.data && (
        <ShownOnce
          title={t('secretTitle')}
          values={[
            [t('secretId'), create.data.accessKeyId],
            [t('secretValue'), create.data.secret],
          ]}
          onDone={create.reset}
        />
      )}
      <ListBody
        list={list}
        rows={8}
        empty={
          <StateCard tone="empty" label={t('emptyLabel', { ns: 'common' })} title={t('emptyKeys')}>
            {t('emptyKeysBody')}
          </StateCard>
        }
      >
        <DataTable label={t('tabs.keys')} columns={columns} rows={items} rowKey={(key) => key.accessKeyId} />
      </ListBody>
      <TypedConfirm
        open={ending !== null}
        title={t('deleteKeyTitle', { id: ending?.accessKeyId ?? '' })}
        word={ending?.accessKeyId ?? ''}
        action={t('deleteKeyGo', { id: ending?.accessKeyId ?? '' })}
        busy={remove.isPending}
        onClose={() => setEnding(null)}
        onConfirm={() => ending && remove.mutate({ params: { id: ending.accessKeyId } }, { onSettled: () => setEnding(null) })}
      >
        {t('deleteKeyNote')}
      </TypedConfirm>
    </>
  );
}
