import type { RunContext } from '../core/context.ts';

/** What an entity is. `account`: a cloud account; `key`: a credential or access key; `resource`: a cloud resource by id or name. */
export const ENTITY_TYPES = [
  'ip',
  'user',
  'account',
  'key',
  'host',
  'resource',
  'domain',
  'url',
  'file',
  'hash',
  'process',
  'email',
] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

/** What it did in the event: `actor` acted (and may be a victim whose credentials were used), `attacker` is known to be hostile, `target` was acted upon. */
export const ENTITY_ROLES = ['actor', 'attacker', 'target', 'related'] as const;
export type EntityRole = (typeof ENTITY_ROLES)[number];

/** Something a hit is about. */
export interface HitEntity {
  readonly type: EntityType;
  readonly value: string;
  readonly role: EntityRole;
  /** OCSF path it was read from: `src_endpoint.ip`. */
  readonly path: string;
}

/** The log that a hit stands on, by its identity for life (design D4). Names of project and logstore: `Catalog.logstoreById(logstore)`. */
export interface HitEvidence {
  readonly logstore: number;
  readonly shard: number;
  /** Decimal text: a UInt64. */
  readonly cursor: string;
  readonly idx: number;
  /** Event time, Unix ms. */
  readonly timeMs: number;
}

/** A condition of the rule that held outside a negation, with the value that made it hold. */
export interface HitReason {
  /** Field as the rule names it. */
  readonly field: string;
  /** `equals`, `contains`, `startswith`, `endswith`, `matches`, `in network`, `gte`, `exists`, `count` … */
  readonly operator: string;
  readonly value: string;
}

/** Severity of a rule: OCSF severity_id 1 informational, 2 low, 3 medium, 4 high, 5 critical. */
export type SeverityId = 1 | 2 | 3 | 4 | 5;

/**
 * A rule that was true for an event, or a correlation that was true for a group of hits. Everything that alerts and events need is here: they never read the event again
 * to decide anything.
 */
export interface Hit {
  /** 32 hex digits; the same rule over the same log, or the same correlation, group and window, always gives the same. */
  readonly uid: string;
  readonly kind: 'rule' | 'correlation';
  readonly ruleId: string;
  readonly revision: number;
  readonly ruleTitle: string;
  /** For people: the rule's summary filled with values of the event, or the rule's title. */
  readonly title: string;
  readonly severityId: SeverityId;
  /** OCSF confidence_id 1 low, 2 medium, 3 high. */
  readonly confidenceId: 1 | 2 | 3;
  /** ATT&CK short names in the order of the rule's tags: `initial-access`. */
  readonly tactics: readonly string[];
  readonly techniques: readonly { readonly id: string; readonly name: string }[];
  /** Event time of the first and last evidence, Unix ms; equal for a rule's hit. */
  readonly firstMs: number;
  readonly lastMs: number;
  /** When the last log of the evidence was received, Unix ms. */
  readonly receivedMs: number;
  /** OCSF class of the event; 0 for correlations over several classes. */
  readonly classUid: number;
  /** `cloud.provider` as standardized: `Alibaba Cloud`; '' when the event names none. */
  readonly provider: string;
  /** `cloud.account.uid`; '' when the event names none. */
  readonly account: string;
  readonly region: string;
  /** `metadata.uid` of the event, or what stands for it: `<logstore>/<shard>/<cursor>/<idx>`. */
  readonly eventUid: string;
  /** Events it stands for: 1, or how many a correlation counted. */
  readonly count: number;
  /** The first log is the one that completed the hit; of a correlation at most `detect.evidence` of them, oldest first. Never empty. */
  readonly evidence: readonly HitEvidence[];
  /** Most telling first, without doubles. */
  readonly entities: readonly HitEntity[];
  /** Value of the first path of the rule's `sluice.entity` that the event has, else of its first entity: hits of one rule and this key belong to one alert. '' without any. */
  readonly mainKey: string;
  /** Event time in seconds within which hits of one rule and main key are one alert. */
  readonly windowSec: number;
  /** An alert of this rule is a security event by itself. */
  readonly passThrough: boolean;
  readonly reasons: readonly HitReason[];
  /** Group of a correlation: field → value; empty for a rule's hit. */
  readonly group: Readonly<Record<string, string>>;
  /** Uids of the hits that a correlation stands on (as many as evidence); empty for a rule's hit. */
  readonly members: readonly string[];
}

/** Where hits go: alerts. */
export interface HitSink {
  /**
   * Takes hits that are true now. Idempotent by `uid`: a hit that comes again changes nothing, except a correlation's, which may come again with more evidence and a
   * higher count and then replaces what was known of it. Resolves once they are kept: only then the step's watermark moves.
   * @throws state.* store.* (the same hits come again), aborted
   */
  accept(hits: readonly Hit[], ctx: RunContext): Promise<void>;
}
