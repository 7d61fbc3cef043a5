import { oneOf, plainText } from '../../api/address.ts';

export const EVENT_VIEWS = ['chain', 'timeline', 'entities', 'evidence', 'activity'] as const;

export interface EventAddress {
  readonly tab?: (typeof EVENT_VIEWS)[number] | undefined;
  /** alertId of the chosen step. */
  readonly step?: string | undefined;
}

export function readEventAddress(given: Record<string, unknown>): EventAddress {
  return { tab: oneOf(given['tab'], EVENT_VIEWS), step: plainText(given['step']) };
}
