import { App, Button } from 'antd';
import { useCallback, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { isApiError } from '../api/problem.ts';
import { Icon } from './icon.tsx';
import { KeyCap } from './key-cap.tsx';

/** How long a finished act can be taken back. */
const OFFER_SEC = 8;

/** A toast for what is done, with the way back for eight seconds (button, or Z). */
export function useUndo() {
  const { notification } = App.useApp();
  const { t } = useTranslation('common');
  const pending = useRef<(() => void) | null>(null);
  const timer = useRef(0);
  useEffect(() => () => window.clearTimeout(timer.current), []);

  const offer = useCallback(
    (done: string, undo: () => Promise<unknown>) => {
      const key = `undo-${done}`;
      const take = () => {
        pending.current = null;
        notification.destroy(key);
        undo().catch((thrown: unknown) => {
          notification.error({ title: isApiError(thrown) ? thrown.message : String(thrown), duration: OFFER_SEC });
        });
      };
      pending.current = take;
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => {
        if (pending.current === take) pending.current = null;
      }, OFFER_SEC * 1000);
      notification.open({
        key,
        title: done,
        icon: <Icon name="checkCircle" style={{ color: 'var(--sl-ok)' }} />,
        duration: OFFER_SEC,
        actions: (
          <Button size="small" onClick={take}>
            {t('undo')} <KeyCap>Z</KeyCap>
          </Button>
        ),
      });
    },
    [notification, t],
  );
  const take = useCallback(() => pending.current?.(), []);
  return { offer, take };
}
