import type { Handlers } from '../call.ts';
import type { RestServices } from '../services.ts';
import { accessHandlers } from './access.ts';
import { consumerGroupHandlers } from './consumer-groups.ts';
import { logstoreHandlers } from './logstores.ts';
import { demoHandlers, doctorHandlers, operationHandlers, receiptHandlers } from './operations.ts';
import { searchHandlers } from './search.ts';
import { alertHandlers, detectionRuleHandlers, securityEventHandlers, standardizationRuleHandlers } from './security.ts';
import { sessionHandlers } from './session.ts';
import { shippingHandlers } from './shipping.ts';

/** Handlers of every route whose service this node has. */
export function restHandlers(services: RestServices): Partial<Handlers> {
  const {
    catalog,
    stream,
    queries,
    groups,
    users,
    access,
    generatedPassword,
    alerts,
    events,
    detectionRules,
    standardizationRules,
    shipping,
    receipts,
    overview,
    doctor,
    demo,
  } = services;
  return {
    ...sessionHandlers(users, generatedPassword),
    ...logstoreHandlers(catalog, stream),
    ...accessHandlers(users, access, generatedPassword),
    ...operationHandlers(services),
    ...(queries === null ? {} : searchHandlers(catalog, queries)),
    ...(groups === null ? {} : consumerGroupHandlers(catalog, stream, groups)),
    ...(alerts === null ? {} : alertHandlers(alerts)),
    ...(events === null ? {} : securityEventHandlers(events)),
    ...(detectionRules === null ? {} : detectionRuleHandlers(detectionRules)),
    ...(standardizationRules === null ? {} : standardizationRuleHandlers(standardizationRules)),
    ...(shipping === null ? {} : shippingHandlers(shipping)),
    ...(receipts === null ? {} : receiptHandlers(catalog, receipts)),
    ...(overview === null ? {} : { overview: ({ query, ctx }) => overview.overview(query.periodSec, ctx) }),
    ...(doctor === null ? {} : doctorHandlers(doctor)),
    ...(demo === null ? {} : demoHandlers(demo, services.supervisor)),
  };
}
