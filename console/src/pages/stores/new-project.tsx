import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useChange } from '../../api/use-call.ts';
import { InlineForm } from '../../kit/inline-form.tsx';
import { NameField } from '../../kit/name-field.tsx';

/** A project is made in place, above the list it will appear in. */
export function NewProject({ onDone }: { readonly onDone: () => void }) {
  const { t } = useTranslation('stores');
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const create = useChange('createProject', ['listProjects']);
  const make = () => create.mutate({ body: { name: name.trim(), description: description.trim() } }, { onSuccess: onDone });
  return (
    <InlineForm ready={name.trim() !== ''} busy={create.isPending} error={create.error} onSubmit={make} onCancel={onDone}>
      <NameField label={t('name')} value={name} maxLength={63} width={220} onChange={setName} />
      <label className="sl-form-item">
        <span>{t('description')}</span>
        <Input maxLength={64} value={description} onChange={(event) => setDescription(event.target.value)} style={{ width: 320 }} />
      </label>
    </InlineForm>
  );
}
