import type { Transaction } from 'kysely';
import { chunks, type KeptAlert } from '../alerts/alert-rows.ts';
import { mainKeyOf, type Alert } from '../alerts/alert.ts';
import type { Schema } from '../state/schema.ts';
import type { Hubs, KeyDay } from './hubs.ts';
import type { LinkPolicy } from './link-policy.ts';
import type { LinkedAlert } from './partition.ts';
import { isHarmless } from './steps.ts';

const DAY_MS = 86_400_000;

/** An alert as the builder of events looks at it. */
export interface AlertNode extends LinkedAlert {
  readonly ruleId: string;
  readonly cloud: string;
  readonly mainValue: string;
  readonly severityId: number;
  readonly confidenceId: number;
  readonly passThrough: boolean;
  readonly harmless: boolean;
  readonly tactics: readonly string[];
  readonly group: number;
  readonly event: number | null;
}

type DayOf = Pick<Alert, 'firstMs' | 'windowSec'>;

/** Day of event time that an alert counts for: of its window's begin, which no later hit moves. */
export function dayOf({ firstMs, windowSec }: DayOf): number {
  const windowMs = windowSec * 1000;
  return Math.floor((Math.floor(firstMs / windowMs) * windowMs) / DAY_MS);
}

/** Main entity as text, also when it is nothing that links; '' when the alert has none. */
export function principalOf(alert: Pick<Alert, 'mainType' | 'mainValue'>): string {
  const key = mainKeyOf(alert);
  return key !== '' || alert.mainValue === '' ? key : `${alert.mainType}|${alert.mainValue}`;
}

/** Alerts by number with the keys that link them: what their settings and the hubs of their day leave. */
export async function loadNodes(db: Transaction<Schema>, numbers: readonly number[], policy: LinkPolicy, hubs: Hubs): Promise<AlertNode[]> {
  const wanted = [...new Set(numbers)].sort((a, b) => a - b);
  const keys = new Map<number, string[]>();
  const found: (AlertNode & { readonly day: number })[] = [];
  for (const some of chunks(wanted)) {
    const rows = await db
      .selectFrom('alert_keys')
      .select(['alert', 'key'])
      .where('alert', 'in', some)
      .orderBy('alert')
      .orderBy('key')
      .execute();
    for (const { alert, key } of rows) {
      const own = keys.get(alert);
      if (own === undefined) keys.set(alert, [key]);
      else own.push(key);
    }
    const alerts = await db
      .selectFrom('alerts')
      .select([
        'no',
        'uid',
        'rule',
        'first_ms',
        'last_ms',
        'window_sec',
        'main_type',
        'main_value',
        'severity',
        'confidence',
        'pass_through',
        'status',
        'verdict',
        'cloud',
        'tactics',
        'grp',
        'event',
      ])
      .where('no', 'in', some)
      .execute();
    for (const row of alerts) {
      const main = { mainType: row.main_type as KeptAlert['mainType'], mainValue: row.main_value };
      found.push({
        no: row.no,
        uid: row.uid,
        firstMs: row.first_ms,
        lastMs: row.last_ms,
        principal: principalOf(main),
        keys: policy.linking(keys.get(row.no) ?? [], mainKeyOf(main)),
        ruleId: row.rule,
        cloud: row.cloud,
        mainValue: row.main_value,
        severityId: row.severity,
        confidenceId: row.confidence,
        passThrough: row.pass_through === 1,
        harmless: isHarmless({ status: row.status as KeptAlert['status'], verdict: row.verdict as KeptAlert['verdict'] }),
        tactics: JSON.parse(row.tactics) as string[],
        group: row.grp,
        event: row.event,
        day: dayOf({ firstMs: row.first_ms, windowSec: row.window_sec }),
      });
    }
  }
  const asked: KeyDay[] = found.flatMap(({ keys, day }) => keys.map((key) => ({ key, day })));
  const suspended = await hubs.among(db, asked);
  return found.map(({ day, ...node }) => ({ ...node, keys: node.keys.filter((key) => !suspended.has(`${day} ${key}`)) }));
}
