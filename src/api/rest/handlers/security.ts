import { SluiceError } from '../../../core/errors.ts';
import { actorOf, type Handlers, type RequestFacts } from '../call.ts';
import type { AlertsService, DetectionRulesService, SecurityEventsService, StandardizationRulesService } from '../services.ts';
import { timeParts } from '../times.ts';

/** A service tells a changed thing with request.conflict; to a caller with If-Match that is a 412. */
async function matching<T>(facts: RequestFacts, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (facts.ifMatch && thrown instanceof SluiceError && thrown.code === 'request.conflict')
      throw new SluiceError('request.precondition', thrown.message, { ...thrown.details }, { cause: thrown });
    throw thrown;
  }
}

export function alertHandlers(
  alerts: AlertsService,
): Pick<Handlers, 'listAlerts' | 'groupAlerts' | 'summarizeAlerts' | 'updateAlerts' | 'getAlert' | 'updateAlert'> {
  return {
    listAlerts: ({ query, ctx }) => alerts.list(query, ctx),
    groupAlerts: ({ query, ctx }) => alerts.group(query, ctx),
    summarizeAlerts: ({ query, ctx }) => alerts.summary(query, ctx),
    getAlert: ({ params, ctx }) => alerts.get(params.id, ctx),
    updateAlert({ params, body, caller, facts, ctx }) {
      const { etag, ...change } = body;
      return matching(facts, () => alerts.update(params.id, change, etag, actorOf(caller), ctx));
    },
    updateAlerts({ body, caller, ctx }) {
      const { ids, ...change } = body;
      if (Object.keys(change).length === 0)
        throw new SluiceError('request.invalid', 'nothing to change, expected status, owner, verdict or note', {});
      return alerts.updateMany(ids, change, actorOf(caller), ctx);
    },
  };
}

type EventRoutes =
  | 'listSecurityEvents'
  | 'summarizeSecurityEvents'
  | 'getSecurityEvent'
  | 'updateSecurityEvent'
  | 'mergeSecurityEvents'
  | 'listActivity'
  | 'addComment';

export function securityEventHandlers(events: SecurityEventsService): Pick<Handlers, EventRoutes> {
  return {
    listSecurityEvents: ({ query, ctx }) => events.list(query, ctx),
    summarizeSecurityEvents: ({ query, ctx }) => events.summary(query, ctx),
    getSecurityEvent: ({ params, ctx }) => events.get(params.id, ctx),
    updateSecurityEvent({ params, body, caller, facts, ctx }) {
      const { etag, ...change } = body;
      return matching(facts, () => events.update(params.id, change, etag, actorOf(caller), ctx));
    },
    mergeSecurityEvents: ({ params, body, caller, ctx }) => events.merge(params.id, body.ids, actorOf(caller), ctx),
    listActivity: ({ params, query, ctx }) => events.activity(params.id, query, ctx),
    addComment: ({ params, body, caller, ctx }) => events.comment(params.id, body.text, actorOf(caller), ctx),
  };
}

type DetectionRoutes =
  | 'listDetectionRules'
  | 'createDetectionRule'
  | 'getDetectionRule'
  | 'updateDetectionRule'
  | 'deleteDetectionRule'
  | 'testDetectionRule'
  | 'replayDetectionRule';

export function detectionRuleHandlers(rules: DetectionRulesService): Pick<Handlers, DetectionRoutes> {
  return {
    listDetectionRules: ({ query, ctx }) => rules.list(query, ctx),
    createDetectionRule: ({ body, caller, ctx }) => rules.create(body.text, body.enabled, actorOf(caller), ctx),
    getDetectionRule: ({ params, ctx }) => rules.get(params.id, ctx),
    updateDetectionRule({ params, body, caller, facts, ctx }) {
      const { etag, ...change } = body;
      return matching(facts, () => rules.update(params.id, change, etag, actorOf(caller), ctx));
    },
    deleteDetectionRule: ({ params, caller, ctx }) => rules.delete(params.id, actorOf(caller), ctx),
    testDetectionRule: ({ params, body, ctx }) => rules.test(params.id, body, ctx),
    replayDetectionRule({ params, body, ctx }) {
      const from = timeParts(body.from);
      const to = timeParts(body.to);
      if (to.sec <= from.sec)
        throw new SluiceError('request.invalid', `to (${body.to}) is not after from (${body.from})`, {
          errors: [{ path: '/body/to', message: 'is not after from' }],
        });
      return rules.replay(params.id, from.sec, to.sec, ctx);
    },
  };
}

type StandardizationRoutes =
  | 'listStandardizationRules'
  | 'createStandardizationRule'
  | 'getStandardizationRule'
  | 'updateStandardizationRule'
  | 'deleteStandardizationRule'
  | 'testStandardizationRule';

export function standardizationRuleHandlers(rules: StandardizationRulesService): Pick<Handlers, StandardizationRoutes> {
  return {
    listStandardizationRules: ({ query, ctx }) => rules.list(query, ctx),
    createStandardizationRule: ({ body, caller, ctx }) => rules.create(body.text, body.enabled, actorOf(caller), ctx),
    getStandardizationRule: ({ params, ctx }) => rules.get(params.id, ctx),
    updateStandardizationRule({ params, body, caller, facts, ctx }) {
      const { etag, ...change } = body;
      return matching(facts, () => rules.update(params.id, change, etag, actorOf(caller), ctx));
    },
    deleteStandardizationRule: ({ params, caller, ctx }) => rules.delete(params.id, actorOf(caller), ctx),
    testStandardizationRule: ({ params, body, ctx }) => rules.test(params.id, body, ctx),
  };
}
