import type { z } from 'zod';
import type { AccessKeys } from '../../control/access-keys.ts';
import type { Audit } from '../../control/audit.ts';
import type { Catalog, LogstoreInfo } from '../../control/catalog.ts';
import type { Users } from '../../control/users.ts';
import type { RunContext } from '../../core/context.ts';
import type { Supervisor } from '../../jobs/supervisor.ts';
import type { Queries } from '../../query/queries.ts';
import type { ShippingTasks } from '../../ship/shipping-tasks.ts';
import type { Stream } from '../../stream/stream.ts';
import type { AlertBody, AlertGroup, AlertSummary } from './contract/alerts.ts';
import type { Call } from './call.ts';
import type { RouteSpec, LogIdentity } from './contract/base.ts';
import type { CheckBody, ReceiptStep, SettingRow } from './contract/operations.ts';
import type { OverviewBody } from './contract/overview.ts';
import type {
  RuleTestAnswer,
  DetectionRuleBody,
  DetectionRuleSummary,
  StandardizationRuleBody,
  StandardizationRuleSummary,
} from './contract/rules.ts';
import type { Routes } from './contract/routes.ts';
import type { ActivityBody, EventSummaryBody, SecurityEventBody } from './contract/security-events.ts';
import type { Page } from './paging.ts';

/** Query and body of a route as its handler gets them. */
export type QueryIn<N extends keyof Routes> = Call<Routes[N]>['query'];
export type BodyIn<N extends keyof Routes> = Call<Routes[N]>['body'];
export type AnswerIn<N extends keyof Routes> = Routes[N] extends RouteSpec & { response: infer A extends z.ZodType } ? z.input<A> : void;

export type UsersService = Pick<
  Users,
  | 'login'
  | 'logout'
  | 'identify'
  | 'list'
  | 'get'
  | 'create'
  | 'update'
  | 'delete'
  | 'setPassword'
  | 'createApiKey'
  | 'apiKeys'
  | 'deleteApiKey'
>;
export type AccessKeysService = Pick<AccessKeys, 'users' | 'user' | 'createUser' | 'createKey' | 'deleteKey' | 'setKeyActive' | 'attach'>;
export type AuditService = Pick<Audit, 'append' | 'list' | 'verify'>;
export type StreamService = Pick<Stream, 'bounds' | 'receivedMsAt' | 'cursorAt' | 'read'>;

/** The password made on the first start. */
export interface GeneratedPassword {
  /** True until it was changed. */
  inUse(user: string): boolean;
  /** It must not come back with the next start. */
  forget(): Promise<void>;
}

export interface GroupCheckpoint {
  readonly shard: number;
  /** As the consumer saved it; null: it is none of our cursors. */
  readonly cursor: bigint | null;
  readonly updatedMs: number;
  readonly consumer: string;
}

export interface GroupInfo {
  readonly name: string;
  readonly timeoutSec: number;
  readonly inOrder: boolean;
  /** Unix seconds; 0: unknown. */
  readonly createdSec: number;
  /** Consumers with a fresh heartbeat, and the shards each holds. */
  readonly consumers: readonly { readonly name: string; readonly shards: readonly number[] }[];
  readonly checkpoints: readonly GroupCheckpoint[];
}

/** Consumer groups as the console sees them; the wire API has its own view of the same rows. */
export interface ConsumerGroupsService {
  list(logstore: LogstoreInfo, ctx: RunContext): Promise<readonly GroupInfo[]>;
  /** @throws request.conflict request.quota */
  create(logstore: LogstoreInfo, name: string, timeoutSec: number, inOrder: boolean, ctx: RunContext): Promise<void>;
  /** @throws request.not_found */
  update(
    logstore: LogstoreInfo,
    name: string,
    change: { readonly timeoutSec?: number; readonly inOrder?: boolean },
    ctx: RunContext,
  ): Promise<void>;
  /** @throws request.not_found */
  delete(logstore: LogstoreInfo, name: string, ctx: RunContext): Promise<void>;
  /** Sets the checkpoint of a shard, whoever holds it. @throws request.not_found */
  reset(logstore: LogstoreInfo, name: string, shard: number, cursor: bigint, ctx: RunContext): Promise<void>;
}

/** Alerts in the words of the contract. `actor` is who changes something. */
export interface AlertsService {
  list(query: QueryIn<'listAlerts'>, ctx: RunContext): Promise<Page<AlertBody>>;
  group(query: QueryIn<'groupAlerts'>, ctx: RunContext): Promise<Page<AlertGroup>>;
  summary(query: QueryIn<'summarizeAlerts'>, ctx: RunContext): Promise<AlertSummary>;
  /** @throws request.not_found */
  get(id: string, ctx: RunContext): Promise<AlertBody>;
  /** @throws request.not_found request.conflict */
  update(id: string, change: Omit<BodyIn<'updateAlert'>, 'etag'>, etag: string, actor: string, ctx: RunContext): Promise<AlertBody>;
  updateMany(
    ids: readonly string[],
    change: Omit<BodyIn<'updateAlerts'>, 'ids'>,
    actor: string,
    ctx: RunContext,
  ): Promise<AnswerIn<'updateAlerts'>>;
}

export interface SecurityEventsService {
  list(query: QueryIn<'listSecurityEvents'>, ctx: RunContext): Promise<Page<EventSummaryBody>>;
  summary(query: QueryIn<'summarizeSecurityEvents'>, ctx: RunContext): Promise<AnswerIn<'summarizeSecurityEvents'>>;
  /** An id that was merged answers the event it went into. @throws request.not_found */
  get(id: string, ctx: RunContext): Promise<SecurityEventBody>;
  /** @throws request.not_found request.conflict */
  update(
    id: string,
    change: Omit<BodyIn<'updateSecurityEvent'>, 'etag'>,
    etag: string,
    actor: string,
    ctx: RunContext,
  ): Promise<SecurityEventBody>;
  merge(id: string, ids: readonly string[], actor: string, ctx: RunContext): Promise<SecurityEventBody>;
  activity(id: string, query: QueryIn<'listActivity'>, ctx: RunContext): Promise<Page<ActivityBody>>;
  comment(id: string, text: string, actor: string, ctx: RunContext): Promise<ActivityBody>;
}

export interface DetectionRulesService {
  list(query: QueryIn<'listDetectionRules'>, ctx: RunContext): Promise<Page<DetectionRuleSummary>>;
  get(id: string, ctx: RunContext): Promise<DetectionRuleBody>;
  create(text: string, enabled: boolean, actor: string, ctx: RunContext): Promise<DetectionRuleBody>;
  update(
    id: string,
    change: Omit<BodyIn<'updateDetectionRule'>, 'etag'>,
    etag: string,
    actor: string,
    ctx: RunContext,
  ): Promise<DetectionRuleBody>;
  delete(id: string, actor: string, ctx: RunContext): Promise<void>;
  test(id: string, input: BodyIn<'testDetectionRule'>, ctx: RunContext): Promise<RuleTestAnswer>;
  replay(id: string, fromSec: number, toSec: number, ctx: RunContext): Promise<AnswerIn<'replayDetectionRule'>>;
}

export interface StandardizationRulesService {
  list(query: QueryIn<'listStandardizationRules'>, ctx: RunContext): Promise<Page<StandardizationRuleSummary>>;
  get(id: string, ctx: RunContext): Promise<StandardizationRuleBody>;
  create(text: string, enabled: boolean, actor: string, ctx: RunContext): Promise<StandardizationRuleBody>;
  update(
    id: string,
    change: Omit<BodyIn<'updateStandardizationRule'>, 'etag'>,
    etag: string,
    actor: string,
    ctx: RunContext,
  ): Promise<StandardizationRuleBody>;
  delete(id: string, actor: string, ctx: RunContext): Promise<void>;
  test(id: string, input: BodyIn<'testStandardizationRule'>, ctx: RunContext): Promise<AnswerIn<'testStandardizationRule'>>;
}

export type ShippingService = Pick<ShippingTasks, 'list' | 'get' | 'create' | 'update' | 'delete' | 'replay' | 'test' | 'progress'>;

/** The life of a log (design D5). */
export interface ReceiptsService {
  /** @throws request.not_found */
  of(logstore: LogstoreInfo, identity: LogIdentity, ctx: RunContext): Promise<readonly ReceiptStep[]>;
}

export interface OverviewService {
  overview(periodSec: number, ctx: RunContext): Promise<OverviewBody>;
}

export interface DoctorService {
  /** Each check by itself; never throws: the answer is the report. */
  run(ctx: RunContext): Promise<readonly CheckBody[]>;
}

export interface DemoService {
  /** Starts the job that sends it; answers the job's name. @throws request.conflict when it is here already */
  load(): string;
  /** Removes the demonstration and what came of it; again: nothing. */
  clear(ctx: RunContext): Promise<AnswerIn<'clearDemo'>>;
}

/** What the routes are made of; `app.ts` fills it in. Null: this node has no such part, and its routes do not exist here. */
export interface RestServices {
  readonly catalog: Catalog;
  readonly stream: StreamService;
  readonly queries: Queries | null;
  readonly groups: ConsumerGroupsService | null;
  readonly users: UsersService;
  readonly generatedPassword: GeneratedPassword;
  readonly access: AccessKeysService;
  readonly audit: AuditService;
  readonly supervisor: Supervisor;
  readonly alerts: AlertsService | null;
  readonly events: SecurityEventsService | null;
  readonly detectionRules: DetectionRulesService | null;
  readonly standardizationRules: StandardizationRulesService | null;
  readonly shipping: ShippingService | null;
  readonly receipts: ReceiptsService | null;
  readonly overview: OverviewService | null;
  readonly doctor: DoctorService | null;
  readonly demo: DemoService | null;
  readonly endpoints: AnswerIn<'endpoints'>;
  readonly settings: { list(): readonly SettingRow[] };
  readonly version: { readonly version: string; readonly startedAtMs: number };
}
