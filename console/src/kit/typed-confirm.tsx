import { Button, Input, Modal } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import './form.css';

interface TypedConfirmProps {
  readonly open: boolean;
  readonly title: ReactNode;
  /** What is lost. */
  readonly children: ReactNode;
  /** What has to be typed. */
  readonly word: string;
  /** Names the act and its object: "Delete logstore waf". */
  readonly action: string;
  /** False: something above the word is still to be chosen. */
  readonly ready?: boolean;
  readonly busy?: boolean;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

/** The only modal: an act that cannot be undone, confirmed by typing the name of what it ends. */
export function TypedConfirm({ open, title, children, word, action, ready = true, busy = false, onConfirm, onClose }: TypedConfirmProps) {
  const { t } = useTranslation('common');
  const [typed, setTyped] = useState('');
  const right = ready && typed === word;
  return (
    <Modal
      open={open}
      title={title}
      width={460}
      onCancel={onClose}
      afterClose={() => setTyped('')}
      destroyOnHidden
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button danger type="primary" disabled={!right} loading={busy} onClick={onConfirm} data-testid="confirm">
            {action}
          </Button>
        </>
      }
    >
      <div className="sl-form">
        <div>{children}</div>
        <label className="sl-form-item">
          <span>
            {t('typeToConfirm')} <code>{word}</code>
          </span>
          <Input
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            onPressEnter={() => right && onConfirm()}
            autoComplete="off"
            className="mono"
            data-testid="confirm-word"
          />
        </label>
      </div>
    </Modal>
  );
}
