import { Input, Popover } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { asCloud, type Cloud } from '../../kit/cloud.ts';
import { CloudMark } from '../../kit/cloud-mark.tsx';
import { Icon } from '../../kit/icon.tsx';
import './store-picker.css';

export interface StoreChoice {
  readonly project: string;
  readonly logstore: string;
  readonly cloud: string;
  /** Words about its rate or age, when known. */
  readonly note: string;
}

interface StorePickerProps {
  readonly stores: readonly StoreChoice[];
  readonly chosen: StoreChoice | null;
  readonly onChoose: (store: StoreChoice) => void;
}

/** Left end of the query box: which logstore is searched. */
export function StorePicker({ stores, chosen, onChoose }: StorePickerProps) {
  const { t } = useTranslation('search');
  const [open, setOpen] = useState(false);
  const [filter, setFilter] = useState('');
  const words = filter.toLowerCase().split(/\s+/u);
  const shown = stores.filter((store) => words.every((word) => `${store.project}/${store.logstore}`.toLowerCase().includes(word)));
  return (
    <Popover
      trigger="click"
      placement="bottomLeft"
      arrow={false}
      open={open}
      onOpenChange={setOpen}
      content={
        <div className="sl-stores">
          <Input
            autoFocus
            allowClear
            prefix={<Icon name="search" size={13} />}
            placeholder={t('findStore')}
            aria-label={t('findStore')}
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
          />
          <ul>
            {shown.map((store) => (
              <li key={`${store.project}/${store.logstore}`}>
                <button
                  type="button"
                  className={store === chosen ? 'sl-stores-item sl-stores-on' : 'sl-stores-item'}
                  onClick={() => {
                    setOpen(false);
                    onChoose(store);
                  }}
                >
                  <CloudMark cloud={asCloud(store.cloud)} />
                  <span className="mono ellipsis grow">{store.logstore}</span>
                  <span className="meta">{store.project}</span>
                  <span className="meta num" style={{ minWidth: 72 }}>
                    {store.note}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </div>
      }
    >
      <button type="button" className="sl-store-button" aria-label={t('store')}>
        <span className="row">
          <span className="grow ellipsis strong">{chosen?.logstore ?? t('noStore')}</span>
          <Icon name="down" size={13} />
        </span>
        <span className="row meta">
          {chosen && <CloudMark cloud={asCloud(chosen.cloud) satisfies Cloud} size={11} />}
          <span className="ellipsis">{chosen?.project ?? ''}</span>
        </span>
      </button>
    </Popover>
  );
}
