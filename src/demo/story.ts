import { actionTrailRead, cloudTrailRead, firewallFlow, kubernetesRead, ossAccess, sqlStatement, vpcFlow } from './background-cloud.ts';
import { dnsQuery, hostConnection, hostLogon, hostProcess } from './background-host.ts';
import { huaweiWafAccess, slbAccess, tencentWafAccess, wafAccess } from './background-web.ts';
import { campaignLogs, campaignSec, readCampaign } from './campaign.ts';
import { packGroups, type DemoGroup, type DemoLog } from './demo-log.ts';
import { Random } from './random.ts';

/** How often each kind of everyday log comes; shares add up to about 1. */
const KINDS: readonly { readonly share: number; readonly make: (random: Random, timeSec: number) => DemoLog }[] = [
  { share: 0.3, make: wafAccess },
  { share: 0.16, make: slbAccess },
  { share: 0.1, make: firewallFlow },
  { share: 0.1, make: vpcFlow },
  { share: 0.08, make: dnsQuery },
  { share: 0.06, make: hostConnection },
  { share: 0.05, make: hostProcess },
  { share: 0.04, make: ossAccess },
  { share: 0.03, make: sqlStatement },
  { share: 0.03, make: tencentWafAccess },
  { share: 0.02, make: huaweiWafAccess },
  { share: 0.012, make: actionTrailRead },
  { share: 0.01, make: kubernetesRead },
  { share: 0.006, make: cloudTrailRead },
  { share: 0.002, make: hostLogon },
];

export interface StoryOptions {
  /** Wall clock, Unix ms: the story ends some minutes before it. */
  readonly nowMs: number;
  readonly seed?: number;
  /** Everyday logs beside the attack's. */
  readonly background?: number;
}

/** The story fills this hour. */
const STORY_SEC = 3600;
/** Logs are made and sent by slices of this, so that they arrive about in their order, as from real sources. */
const SLICE_SEC = 300;
/** Between the last log of the attack and now: what came of it is there to be looked at. */
const QUIET_END_SEC = 300;

export const DEFAULT_BACKGROUND = 60_000;

/** When the attack begins, Unix s. */
export function campaignBegin(nowMs: number, lengthSec: number): number {
  return Math.floor(nowMs / 1000) - QUIET_END_SEC - lengthSec;
}

/**
 * The demonstration: an attack over four clouds within an hour of everyday traffic, ready for PutLogs. The same seed and time give the same bytes.
 * Groups come by slices of five minutes, oldest first; within one, logstore by logstore.
 */
export async function* demoStory(options: StoryOptions): AsyncGenerator<DemoGroup> {
  const random = new Random(options.seed ?? 20_240_910);
  const total = options.background ?? DEFAULT_BACKGROUND;
  const endSec = Math.floor(options.nowMs / 1000);
  const lines = await readCampaign();
  const attack = campaignLogs(lines, campaignBegin(options.nowMs, campaignSec(lines)));
  const slices = STORY_SEC / SLICE_SEC;
  const weights = Array.from({ length: slices }, (_, slice) => 0.8 + 0.4 * Math.sin((slice / slices) * Math.PI * 2) + 0.2 * random.next());
  const sum = weights.reduce((a, b) => a + b, 0);
  let made = 0;
  for (let slice = 0; slice < slices; slice++) {
    const fromSec = endSec - STORY_SEC + slice * SLICE_SEC;
    const count = slice === slices - 1 ? total - made : Math.round((total * (weights[slice] as number)) / sum);
    made += count;
    const logs: DemoLog[] = attack.filter((log) => log.timeSec >= fromSec && log.timeSec < fromSec + SLICE_SEC);
    for (let n = 0; n < count; n++) logs.push(kindOf(random).make(random, fromSec + random.int(0, SLICE_SEC - 1)));
    logs.sort((a, b) => a.timeSec - b.timeSec);
    yield* packGroups(logs);
  }
}

const SHARES = KINDS.reduce((sum, kind) => sum + kind.share, 0);

function kindOf(random: Random): (typeof KINDS)[number] {
  let at = random.next() * SHARES;
  for (const kind of KINDS) {
    at -= kind.share;
    if (at < 0) return kind;
  }
  return KINDS[0] as (typeof KINDS)[number];
}
