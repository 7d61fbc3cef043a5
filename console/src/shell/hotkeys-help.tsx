import { Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import { KeyCap } from '../kit/key-cap.tsx';
import { usePreferences } from '../theme/preferences.ts';
import { activeHotkeys } from './hotkeys.ts';
import './hotkeys-help.css';

/** What `?` shows: exactly the shortcuts that work at this moment. */
export function HotkeysHelp({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation('shell');
  const { keys } = usePreferences();
  const seen = new Set<string>();
  const listed = open
    ? activeHotkeys().filter((hotkey) => {
        if (hotkey.does === undefined || seen.has(hotkey.keys)) return false;
        seen.add(hotkey.keys);
        return true;
      })
    : [];
  return (
    <Modal title={t('help.title')} open={open} onCancel={onClose} footer={null} width={640} centered>
      {!keys && <p className="warn">{t('help.off')}</p>}
      <ul className="sl-help">
        {listed.map((hotkey) => (
          <li key={hotkey.keys}>
            <span className="sl-help-keys">
              {hotkey.keys.split(/[ +]/u).map((key) => (
                <KeyCap key={key}>{key.length === 1 ? key.toUpperCase() : key}</KeyCap>
              ))}
            </span>
            {hotkey.does}
          </li>
        ))}
      </ul>
    </Modal>
  );
}
