import { Checkbox, Input, InputNumber, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Logstore } from '../../../../src/api/rest/contract/logstores.ts';
import { useChange } from '../../api/use-call.ts';
import { InlineForm } from '../../kit/inline-form.tsx';

/** What the server takes when nothing is said. */
const TIMEOUT_SEC = 300;

interface NewGroupProps {
  readonly stores: readonly Logstore[];
  /** `project/logstore` already chosen in the filter. */
  readonly store: string | undefined;
  readonly onDone: () => void;
}

export function NewGroup({ stores, store, onDone }: NewGroupProps) {
  const { t } = useTranslation('groups');
  const [target, setTarget] = useState(store);
  const [name, setName] = useState('');
  const [timeoutSec, setTimeoutSec] = useState(TIMEOUT_SEC);
  const [inOrder, setInOrder] = useState(false);
  const create = useChange('createConsumerGroup', ['listConsumerGroups']);
  const chosen = stores.find((item) => `${item.project}/${item.name}` === target);
  return (
    <InlineForm
      ready={chosen !== undefined && name.trim().length >= 2}
      busy={create.isPending}
      error={create.error}
      onSubmit={() => {
        if (!chosen) return;
        create.mutate(
          { params: { project: chosen.project, logstore: chosen.name }, body: { name: name.trim(), timeoutSec, inOrder } },
          { onSuccess: onDone },
        );
      }}
      onCancel={onDone}
    >
      <div className="sl-form-item">
        <span>{t('logstore')}</span>
        <Select
          showSearch
          aria-label={t('logstore')}
          placeholder={t('pickStore')}
          value={target}
          onChange={setTarget}
          options={stores.map((item) => ({ value: `${item.project}/${item.name}`, label: `${item.project} / ${item.name}` }))}
          style={{ width: 280 }}
        />
      </div>
      <label className="sl-form-item">
        <span>{t('name')}</span>
        <Input className="mono" maxLength={100} value={name} onChange={(event) => setName(event.target.value)} style={{ width: 200 }} />
      </label>
      <label className="sl-form-item">
        <span>{t('timeout')}</span>
        <InputNumber min={1} max={86_400} precision={0} value={timeoutSec} onChange={(value) => setTimeoutSec(value ?? TIMEOUT_SEC)} />
      </label>
      <Checkbox checked={inOrder} onChange={(event) => setInOrder(event.target.checked)}>
        {t('inOrder')} <span className="meta">{t('inOrderNote')}</span>
      </Checkbox>
    </InlineForm>
  );
}
