import type { Settings } from '../config/settings.ts';
import type { RunContext } from '../core/context.ts';
import type { State } from '../state/state.ts';
import type { Stream } from '../stream/stream.ts';
import type { AccessKeys } from './access-keys.ts';
import type { Catalog } from './catalog.ts';
import { ConsumerGroups } from './consumer-groups/consumer-groups.ts';
import { WireObjects } from './wire-objects.ts';
import { WireTags } from './wire-tags.ts';

/** The part of the control room that only the SLS wire API has words for; consumer groups are also shown by the REST API. */
export interface WireControl {
  readonly groups: ConsumerGroups;
  readonly objects: WireObjects;
  readonly tags: WireTags;
  readonly policies: Pick<AccessKeys, 'projectPolicy' | 'setProjectPolicy'>;
}

export function openWireControl(
  parts: {
    readonly state: State;
    readonly catalog: Catalog;
    readonly stream: Pick<Stream, 'bounds'>;
    readonly access: WireControl['policies'];
    readonly settings: Settings;
  },
  ctx: RunContext,
): WireControl {
  const { state, catalog, stream, access, settings } = parts;
  return {
    groups: new ConsumerGroups(state, catalog, stream, { quota: settings.sls.consumerGroupQuota }, ctx),
    objects: new WireObjects(state),
    tags: new WireTags(state),
    policies: access,
  };
}
