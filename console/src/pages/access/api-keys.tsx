import { Button, Input, InputNumber, Popconfirm, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiKeyBody } from '../../../../src/api/rest/contract/access.ts';
import { useSession } from '../../api/session.ts';
import { useChange, usePages } from '../../api/use-call.ts';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { day } from '../../kit/format.ts';
import { InlineForm } from '../../kit/inline-form.tsx';
import { ListBody } from '../../kit/list-body.tsx';
import { Problem } from '../../kit/problem.tsx';
import { StateCard } from '../../kit/state-card.tsx';
import { When } from '../../kit/when.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { rolesUpTo } from './roles.ts';
import { ShownOnce } from '../../kit/shown-once.tsx';

/** Keys of the REST API and the command line: one's own, or all for an administrator. */
export function ApiKeys({ adding, onDone }: { readonly adding: boolean; readonly onDone: () => void }) {
  const { t } = useTranslation('access');
  const { zone } = usePreferences();
  const { me } = useSession();
  const [label, setLabel] = useState('');
  const [role, setRole] = useState(me.role);
  const [days, setDays] = useState<number | null>(null);
  const list = usePages('listApiKeys', { query: { pageSize: 500 } });
  const create = useChange('createApiKey', ['listApiKeys']);
  const remove = useChange('deleteApiKey', ['listApiKeys']);
  const items: readonly ApiKeyBody[] = list.items;
  const columns: readonly Column<ApiKeyBody>[] = [
    { key: 'label', title: t('columns.label'), render: (key) => <span className="strong">{key.label}</span> },
    { key: 'hint', title: t('columns.hint'), width: 180, render: (key) => <span className="mono quiet">{key.hint}…</span> },
    { key: 'user', title: t('columns.user'), width: 160, render: (key) => <span className="mono">{key.user}</span> },
    { key: 'role', title: t('columns.role'), width: 130, render: (key) => t(`roles.${key.role}`) },
    {
      key: 'created',
      title: t('columns.created'),
      width: 168,
      render: (key) => <When at={key.createdAt} />,
    },
    {
      key: 'expires',
      title: t('columns.expires'),
      width: 120,
      render: (key) =>
        key.expiresAt === null ? (
          <span className="quiet">{t('never')}</span>
        ) : Date.parse(key.expiresAt) < Date.now() ? (
          <span className="error">{t('expired')}</span>
        ) : (
          <span className="mono">{day(new Date(key.expiresAt), zone)}</span>
        ),
    },
    {
      key: 'revoke',
      title: '',
      width: 96,
      align: 'right',
      render: (key) => (
        <Popconfirm
          title={t('revokeTitle')}
          description={t('revokeNote')}
          okText={t('revoke')}
          okButtonProps={{ danger: true }}
          cancelText={t('cancel', { ns: 'common' })}
          onConfirm={() => remove.mutate({ params: { id: key.id } })}
        >
          <Button size="small" type="text" danger>
            {t('revoke')}
          </Button>
        </Popconfirm>
      ),
    },
  ];
  return (
    <>
      {adding && (
        <InlineForm
          ready={label.trim() !== ''}
          busy={create.isPending}
          error={create.error}
          onSubmit={() => {
            create.mutate(
              { body: { label: label.trim(), role, ...(days === null ? {} : { expiresInDays: days }) } },
              {
                onSuccess: () => {
                  setLabel('');
                  onDone();
                },
              },
            );
          }}
          onCancel={onDone}
        >
          <label className="sl-form-item">
            <span>{t('label')}</span>
            <Input autoFocus maxLength={128} value={label} onChange={(event) => setLabel(event.target.value)} style={{ width: 240 }} />
          </label>
          <div className="sl-form-item">
            <span>{t('role')}</span>
            <Select
              value={role}
              onChange={setRole}
              options={rolesUpTo(me.role).map((value) => ({ value, label: t(`roles.${value}`) }))}
              aria-label={t('role')}
              style={{ width: 150 }}
            />
          </div>
          <label className="sl-form-item">
            <span>{t('expires')}</span>
            <InputNumber min={1} max={3650} precision={0} placeholder={t('never')} value={days} onChange={setDays} style={{ width: 120 }} />
          </label>
        </InlineForm>
      )}
      {remove.error && <Problem error={remove.error} />}
      {create.data && <ShownOnce title={t('keyTitle')} values={[[t('keyValue'), create.data.key]]} onDone={create.reset} />}
      <ListBody
        list={list}
        rows={8}
        empty={
          <StateCard tone="empty" label={t('emptyLabel', { ns: 'common' })} title={t('emptyApi')}>
            {t('emptyApiBody')}
          </StateCard>
        }
      >
        <DataTable label={t('tabs.api')} columns={columns} rows={items} rowKey={(key) => key.id} />
      </ListBody>
    </>
  );
}
