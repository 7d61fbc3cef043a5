import { useTranslation } from 'react-i18next';
import { FreshnessText } from '../../kit/freshness-text.tsx';
import type { Freshness } from '../../kit/freshness.ts';
import type { GroupState } from './group-state.ts';

const LOOK: Readonly<Record<GroupState, Freshness | null>> = {
  consuming: 'fresh',
  behind: 'slow',
  idle: 'stopped',
  unread: null,
  done: null,
};

/** A group's state by icon and words; what is merely unused stays grey. */
export function GroupStateText({ state }: { readonly state: GroupState }) {
  const { t } = useTranslation('groups');
  const look = LOOK[state];
  return look === null ? (
    <span className="quiet">{t(`states.${state}`)}</span>
  ) : (
    <FreshnessText state={look}>{t(`states.${state}`)}</FreshnessText>
  );
}
