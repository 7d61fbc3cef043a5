import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/use-call.ts';
import { Problem } from '../../kit/problem.tsx';

/** A project is made in place, above the list it will appear in. */
export function NewProject({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation('stores');
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const create = useChange('createProject', ['listProjects']);
  const make = () => create.mutate({ body: { name: name.trim(), description: description.trim() } }, { onSuccess: onDone });
  return (
    <>
      <form
        className="sl-form-line"
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        <label className="sl-form-item">
          <span>{t('name')}</span>
          <Input
            autoFocus
            className="mono"
            maxLength={63}
            value={name}
            onChange={(event) => setName(event.target.value)}
            style={{ width: 220 }}
          />
        </label>
        <label className="sl-form-item">
          <span>{t('description')}</span>
          <Input maxLength={64} value={description} onChange={(event) => setDescription(event.target.value)} style={{ width: 320 }} />
        </label>
        <Button type="primary" htmlType="submit" disabled={name.trim() === ''} loading={create.isPending}>
          {t('create')}
        </Button>
        <Button onClick={onDone}>{t('cancel', { ns: 'common' })}</Button>
      </form>
      {create.error && <Problem error={create.error} />}
    </>
  );
}
