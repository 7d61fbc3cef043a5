import type { ShippingTask } from '../../../ship/shipping-tasks.ts';
import { defined, requireEtag, type Handlers } from '../call.ts';
import type { ShippingTaskBody } from '../contract/shipping.ts';
import { withEtag } from '../etag.ts';
import { pageInMemory } from '../paging.ts';
import type { ShippingService } from '../services.ts';
import { iso, isoOfSec, timeParts } from '../times.ts';

function shown(task: ShippingTask): ShippingTaskBody {
  const { id, name, project, logstore, receiver, secretNames, query, start, consumerGroup, enabled, createdMs, modifiedMs } = task;
  return withEtag({
    id,
    name,
    project,
    logstore,
    receiver,
    secrets: Object.fromEntries(secretNames.map((secret) => [secret, '***'])),
    query,
    start: typeof start === 'number' ? isoOfSec(start) : start,
    consumerGroup,
    enabled,
    createdAt: iso(createdMs),
    modifiedAt: iso(modifiedMs),
  });
}

const placeOf = (given: string | number): 'begin' | 'end' | number => (given === 'begin' || given === 'end' ? given : timeParts(given).sec);

type Served =
  | 'listShippingTasks'
  | 'createShippingTask'
  | 'getShippingTask'
  | 'updateShippingTask'
  | 'deleteShippingTask'
  | 'pauseShippingTask'
  | 'resumeShippingTask'
  | 'replayShippingTask'
  | 'testShippingTask'
  | 'shippingProgress';

export function shippingHandlers(tasks: ShippingService): Pick<Handlers, Served> {
  return {
    async listShippingTasks({ query, ctx }) {
      return pageInMemory((await tasks.list(ctx)).map(shown), (item) => item.id, query);
    },
    async createShippingTask({ body, ctx }) {
      return shown(await tasks.create({ ...body, start: placeOf(body.start) }, ctx));
    },
    async getShippingTask({ params, ctx }) {
      return shown(await tasks.get(params.id, ctx));
    },
    async updateShippingTask({ params, body, facts, ctx }) {
      const { etag, ...change } = body;
      const unchanged = (before: ShippingTask): void => requireEtag(etag, shown(before).etag, `shipping task ${params.id}`, facts);
      return shown(await tasks.update(params.id, defined(change), unchanged, ctx));
    },
    deleteShippingTask: ({ params, ctx }) => tasks.delete(params.id, ctx),
    async pauseShippingTask({ params, ctx }) {
      return shown(await tasks.update(params.id, { enabled: false }, () => undefined, ctx));
    },
    async resumeShippingTask({ params, ctx }) {
      return shown(await tasks.update(params.id, { enabled: true }, () => undefined, ctx));
    },
    async replayShippingTask({ params, body, ctx }) {
      return shown(await tasks.replay(params.id, body.from === 'begin' ? 'begin' : timeParts(body.from).sec, ctx));
    },
    async testShippingTask({ params, body, ctx }) {
      const steps = [...(await tasks.test(params.id, body.testEvent, ctx))];
      return { ok: steps.every((step) => step.ok), steps };
    },
    async shippingProgress({ params, ctx }) {
      const { totals, shards } = await tasks.progress(params.id, ctx);
      return { totals, shards: [...shards] };
    },
  };
}
