import { Button, Input, Select, Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { UserBody } from '../../../../src/api/rest/contract/access.ts';
import { useSession } from '../../api/session.ts';
import { useChange, usePages } from '../../api/use-call.ts';
import { Avatar } from '../../kit/avatar.tsx';
import { DataTable, type Column } from '../../kit/data-table.tsx';
import { clockMinute } from '../../kit/format.ts';
import { InlineForm } from '../../kit/inline-form.tsx';
import { ListBody } from '../../kit/list-body.tsx';
import { NameField } from '../../kit/name-field.tsx';
import { Problem } from '../../kit/problem.tsx';
import { TypedConfirm } from '../../kit/typed-confirm.tsx';
import { When } from '../../kit/when.tsx';
import { usePreferences } from '../../theme/preferences.ts';
import { rolesUpTo } from './roles.ts';

/** The shortest password the server takes. */
const PASSWORD_MIN = 8;

/** People of console and API: role, whether they may sign in, when they last did. */
export function Users({ adding, onDone }: { readonly adding: boolean; readonly onDone: () => void }) {
  const { t } = useTranslation('access');
  const { zone } = usePreferences();
  const { me } = useSession();
  const [name, setName] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [role, setRole] = useState<UserBody['role']>('analyst');
  const [password, setPassword] = useState('');
  const [ending, setEnding] = useState<UserBody | null>(null);
  const list = usePages('listUsers', { query: { pageSize: 500 } });
  const create = useChange('createUser', ['listUsers']);
  const update = useChange('updateUser', ['listUsers']);
  const remove = useChange('deleteUser', ['listUsers', 'listApiKeys']);
  const items: readonly UserBody[] = list.items;
  const refused = update.error ?? remove.error;
  const roles = rolesUpTo(me.role).map((value) => ({ value, label: t(`roles.${value}`) }));
  const columns: readonly Column<UserBody>[] = [
    {
      key: 'name',
      title: t('columns.name'),
      render: (user) => (
        <span className="row">
          <Avatar name={user.displayName || user.name} />
          <span className="mono strong">{user.name}</span>
          <span className="text2 ellipsis">{user.displayName}</span>
          {user.name === me.user && <span className="meta">{t('you')}</span>}
        </span>
      ),
    },
    {
      key: 'role',
      title: t('columns.role'),
      width: 170,
      render: (user) =>
        user.name === me.user ? (
          t(`roles.${user.role}`)
        ) : (
          <Select
            size="small"
            variant="borderless"
            className="sl-cell-input"
            value={user.role}
            onChange={(next) => update.mutate({ params: { user: user.name }, body: { etag: user.etag, role: next } })}
            options={roles}
            aria-label={t('role')}
            style={{ width: 150 }}
          />
        ),
    },
    {
      key: 'login',
      title: t('columns.lastLogin'),
      width: 168,
      render: (user) => <When at={user.lastLoginAt} none={t('never')} />,
    },
    {
      key: 'state',
      title: t('columns.state'),
      width: 160,
      render: (user) =>
        user.disabled ? (
          <span className="quiet">{t('disabled')}</span>
        ) : user.lockedUntil !== null && Date.parse(user.lockedUntil) > Date.now() ? (
          <span className="warn">{t('locked', { at: clockMinute(new Date(user.lockedUntil), zone) })}</span>
        ) : (
          <span className="text2">{t('active')}</span>
        ),
    },
    {
      key: 'created',
      title: t('columns.created'),
      width: 168,
      render: (user) => <When at={user.createdAt} />,
    },
    {
      key: 'on',
      title: t('columns.active'),
      width: 60,
      render: (user) =>
        user.name === me.user ? null : (
          <span className="sl-cell-switch">
            <Switch
              size="small"
              checked={!user.disabled}
              onChange={(on) => update.mutate({ params: { user: user.name }, body: { etag: user.etag, disabled: !on } })}
              aria-label={t('switchUser', { name: user.name })}
            />
          </span>
        ),
    },
    {
      key: 'delete',
      title: '',
      width: 96,
      align: 'right',
      render: (user) =>
        user.name === me.user ? null : (
          <Button size="small" type="text" danger onClick={() => setEnding(user)}>
            {t('delete')}
          </Button>
        ),
    },
  ];
  return (
    <>
      {adding && (
        <InlineForm
          ready={name.trim() !== '' && password.length >= PASSWORD_MIN}
          busy={create.isPending}
          error={create.error}
          onSubmit={() => {
            create.mutate(
              { body: { name: name.trim(), displayName: displayName.trim(), role, password } },
              {
                onSuccess: () => {
                  setName('');
                  setDisplayName('');
                  setPassword('');
                  onDone();
                },
              },
            );
          }}
          onCancel={onDone}
        >
          <NameField label={t('name')} value={name} maxLength={64} width={160} onChange={setName} />
          <label className="sl-form-item">
            <span>{t('displayName')}</span>
            <Input maxLength={128} value={displayName} onChange={(event) => setDisplayName(event.target.value)} style={{ width: 200 }} />
          </label>
          <div className="sl-form-item">
            <span>{t('role')}</span>
            <Select value={role} onChange={setRole} options={roles} aria-label={t('role')} style={{ width: 150 }} />
          </div>
          <label className="sl-form-item">
            <span>{t('password')}</span>
            <Input.Password
              autoComplete="new-password"
              maxLength={256}
              placeholder={t('passwordHint')}
              value={password}
              onChange={(event) => setPassword(event.target.value)}
              style={{ width: 220 }}
            />
          </label>
        </InlineForm>
      )}
      {refused && <Problem error={refused} />}
      <ListBody list={list} rows={6} empty={null}>
        <DataTable label={t('tabs.users')} columns={columns} rows={items} rowKey={(user) => user.name} />
      </ListBody>
      <TypedConfirm
        open={ending !== null}
        title={t('deleteUserTitle', { name: ending?.name ?? '' })}
        word={ending?.name ?? ''}
        action={t('deleteUserGo', { name: ending?.name ?? '' })}
        busy={remove.isPending}
        onClose={() => setEnding(null)}
        onConfirm={() => ending && remove.mutate({ params: { user: ending.name } }, { onSettled: () => setEnding(null) })}
      >
        {t('deleteUserNote')}
      </TypedConfirm>
    </>
  );
}
