import type { CloudName, Entity } from '../api/rest/contract/base.ts';
import type { KeptAlert } from '../alerts/alert-rows.ts';
import { singleKey } from '../alerts/link-keys.ts';
import { severityWord } from '../alerts/severity.ts';
import { tacticByShortName, TACTICS } from '../detect/attack.ts';
import { riskOf, type Risk } from './risk.ts';
import { rankOf, stepsOf, type Step } from './steps.ts';

/** What an event's alerts say together. Times are Unix ms. */
export interface Summary {
  readonly title: string;
  readonly text: string;
  readonly severityId: number;
  readonly risk: Risk;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly clouds: readonly { readonly cloud: CloudName; readonly alerts: number }[];
  /** In the order of the matrix. */
  readonly tactics: readonly { readonly tactic: string; readonly severityId: number; readonly alerts: number }[];
  readonly entities: readonly Entity[];
  readonly alertCount: number;
  readonly ruleCount: number;
  readonly evidenceCount: number;
  readonly logstoreCount: number;
}

const CLOUD_NAMES: Readonly<Record<CloudName, string>> = {
  alibaba: 'Alibaba Cloud',
  tencent: 'Tencent Cloud',
  huawei: 'Huawei Cloud',
  aws: 'AWS',
  azure: 'Azure',
  google: 'Google Cloud',
  other: 'other sources',
};

/** Entities that people can look at one by one beside a list of events. */
const MOST_ENTITIES = 50;
const MOST_TITLE = 300;

/** `alerts`: at least one. `asRaised` as in `stepsOf`. */
export function summarize(alerts: readonly KeptAlert[], asRaised = false): Summary {
  const steps = stepsOf(alerts, asRaised);
  const counted = steps.filter((step) => !step.harmless);
  const risk = riskOf(steps);
  const worst = Math.max(1, ...(counted.length > 0 ? counted : steps).map((step) => step.severityId));
  const entities = entitiesOf(steps);
  const firstMs = Math.min(...alerts.map((alert) => alert.firstMs));
  const lastMs = Math.max(...alerts.map((alert) => alert.lastMs));
  const clouds = cloudsOf(alerts);
  const tactics = tacticsOf(steps);
  const logs = new Set(alerts.flatMap((alert) => alert.evidence.map((one) => `${one.logstore}/${one.shard}/${one.cursor}/${one.idx}`)));
  const notKept = alerts.reduce((sum, alert) => sum + Math.max(0, alert.evidenceTotal - alert.evidence.length), 0);
  return {
    title: titleOf(counted.length > 0 ? counted : steps),
    text: textOf(steps, entities, clouds, tactics, lastMs - firstMs),
    severityId: Math.max(worst, severityOfRisk(risk.score)),
    risk,
    firstMs,
    lastMs,
    clouds,
    tactics,
    entities: entities.slice(0, MOST_ENTITIES),
    alertCount: alerts.length,
    ruleCount: new Set(alerts.map((alert) => alert.ruleId)).size,
    evidenceCount: logs.size + notKept,
    logstoreCount: new Set(alerts.flatMap((alert) => alert.evidence.map((one) => one.logstore))).size,
  };
}

/** Bands at 20, 40, 70 and 90. */
export function severityOfRisk(score: number): number {
  return 1 + [20, 40, 70, 90].filter((from) => score >= from).length;
}

/** Known attackers first, then addresses from outside that acted, then by how many steps name them. */
export function entitiesOf(steps: readonly Step[]): readonly Entity[] {
  const found = new Map<string, { entity: Step['entities'][number]; steps: number; order: number }>();
  for (const step of steps)
    for (const entity of step.entities) {
      const key = `${entity.type}|${entity.value}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { entity, steps: 1, order: found.size });
      else {
        known.steps++;
        if (entity.role === 'attacker') known.entity = entity;
      }
    }
  const rank = ({ entity }: { entity: Step['entities'][number] }): number =>
    entity.role === 'attacker' ? 0 : entity.role === 'actor' && singleKey(entity)?.startsWith('ip|') === true ? 1 : 2;
  return [...found.values()]
    .sort((a, b) => rank(a) - rank(b) || b.steps - a.steps || a.order - b.order)
    .map(({ entity: { type, value, role } }) => ({ type, value, role }));
}

function cloudsOf(alerts: readonly KeptAlert[]): Summary['clouds'] {
  const counts = new Map<CloudName, number>();
  for (const { cloud } of alerts) counts.set(cloud, (counts.get(cloud) ?? 0) + 1);
  return [...counts].map(([cloud, alerts]) => ({ cloud, alerts })).sort((a, b) => b.alerts - a.alerts || (a.cloud < b.cloud ? -1 : 1));
}

function tacticsOf(steps: readonly Step[]): Summary['tactics'] {
  const reached = new Map<string, { severityId: number; alerts: number }>();
  for (const step of steps) {
    const tactic = tacticByShortName(step.tactic)?.shortName;
    if (tactic === undefined) continue;
    const known = reached.get(tactic) ?? { severityId: 0, alerts: 0 };
    reached.set(tactic, { severityId: Math.max(known.severityId, step.severityId), alerts: known.alerts + step.alerts.length });
  }
  return TACTICS.flatMap(({ shortName }) => {
    const known = reached.get(shortName);
    return known === undefined ? [] : [{ tactic: shortName, ...known }];
  });
}

/** How it got in, and the last of the worst it came to: `Web attack passed, then audit trail stopped`. */
function titleOf(steps: readonly Step[]): string {
  const worse = (a: Step, b: Step): Step => (b.severityId > a.severityId ? b : a);
  const worstLast = (a: Step, b: Step): Step => (b.severityId >= a.severityId ? b : a);
  // Scans are everywhere; what got in is what people look for.
  const entry = steps.filter((step) => rankOf(step) > 2);
  const early = (entry.length > 0 ? entry : steps).slice(0, Math.max(1, Math.ceil(steps.length / 3)));
  const access = early.filter((step) => step.tactic === 'initial-access');
  const first = (access.length > 0 ? access : early).reduce(worse);
  const later = steps.filter((step) => step.firstMs >= first.firstMs && step.ruleId !== first.ruleId && rankOf(step) >= rankOf(first));
  const title = later.length === 0 ? first.title : `${first.ruleTitle}, then ${lowerFirst(later.reduce(worstLast).ruleTitle)}`;
  return title.length <= MOST_TITLE ? title : `${title.slice(0, MOST_TITLE - 1)}…`;
}

/** `Access key created` → `access key created`, but `SQL injection` and `AdministratorAccess` stay. */
function lowerFirst(text: string): string {
  return /^[A-Z][a-z]*(\s|$)/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function textOf(
  steps: readonly Step[],
  entities: readonly Entity[],
  clouds: Summary['clouds'],
  tactics: Summary['tactics'],
  lengthMs: number,
): string {
  const source = entities[0];
  const others = entities.slice(1, 5).map((entity) => entity.value);
  const where = listed(clouds.map(({ cloud }) => CLOUD_NAMES[cloud]));
  const names = tactics.map(({ tactic }) => tacticByShortName(tactic)?.name ?? tactic);
  const reach =
    names.length === 0 ? '' : names.length === 1 ? `: ${names[0]}` : `, from ${names[0]} to ${names.at(-1)} (${names.length} tactics)`;
  const alerts = steps.reduce((sum, step) => sum + step.alerts.length, 0);
  const worst = severityWord(Math.max(...steps.map((step) => step.severityId)));
  const first = `${alerts === 1 ? 'One alert' : `${alerts} alerts, the worst ${worst},`} on ${where}${lengthMs < 60_000 ? '' : ` within ${duration(lengthMs)}`}${reach}.`;
  if (source === undefined) return first;
  return `${first} ${others.length === 0 ? `About ${source.value}.` : `${source.value} with ${listed(others)}${entities.length > 5 ? ` and ${entities.length - 5} more` : ''}.`}`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
