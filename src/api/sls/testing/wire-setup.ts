import { controlSetup, type ControlSetup } from '../../../control/testing/control-setup.ts';
import { openWireControl } from '../../../control/wire-control.ts';
import type { Metrics } from '../../../core/context.ts';
import type { Queries } from '../../../query/queries.ts';
import { SlsClient, SlsServiceError, type SlsConnection } from '../../../sources/sls/sls-client.ts';
import { openSlsListener, type SlsListener, type SlsListenerOptions } from '../listener.ts';
import { slsOperations } from '../operations.ts';
import type { SlsServices } from '../services.ts';
import { ShardRates } from '../shard-rates.ts';

export interface WireSetup extends ControlSetup {
  readonly services: SlsServices;
  readonly listener: SlsListener;
  /** What was counted, as `name{label values}`, in order. */
  readonly counted: readonly string[];
  /** A client of the project `p-1`; closed with the setup. */
  client(of?: Partial<SlsConnection>): SlsClient;
}

/** The whole wire API on a free port over a real control room and stream, with a project `p-1`. The clock stands still. */
export async function wireSetup(
  options: {
    readonly env?: Record<string, string>;
    readonly listen?: Partial<SlsListenerOptions>;
    readonly services?: (control: ControlSetup) => Promise<Partial<SlsServices>>;
  } = {},
): Promise<WireSetup> {
  const control = await controlSetup(options.env);
  const counted: string[] = [];
  const metrics: Metrics = {
    count: (name, labels) => void counted.push(`${name}{${Object.values(labels).join(',')}}`),
    gauge() {},
    observe() {},
  };
  const ctx = { ...control.ctx, metrics };
  const { catalog, stream, access, settings } = control;
  const services: SlsServices = {
    catalog,
    stream,
    queries: {} as Queries,
    access,
    control: openWireControl(control, ctx),
    settings,
    oldPulls: null,
    pullFilter: null,
    rates: new ShardRates(),
    ...(await options.services?.(control)),
  };
  await catalog.createProject('p-1', '', {}, ctx);
  const listener = await openSlsListener({ host: '127.0.0.1', port: 0, operations: slsOperations, ...options.listen }, services, ctx);
  const clients: SlsClient[] = [];
  return {
    ...control,
    ctx,
    services,
    listener,
    counted,
    client(of = {}) {
      const client = new SlsClient({
        endpoint: `http://127.0.0.1:${listener.port}`,
        project: 'p-1',
        accessKeyId: 'AK',
        accessKeySecret: 'SK',
        timeoutMs: 20_000,
        userAgent: 'test',
        ...of,
      });
      clients.push(client);
      return client;
    },
    async close() {
      for (const client of clients) await client.close();
      await listener.close();
      await control.close();
    },
  };
}

/** `400 PostBodyInvalid`, or `accepted`. */
export async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (thrown) {
    if (thrown instanceof SlsServiceError) return `${thrown.httpStatus} ${thrown.slsCode}`;
    throw thrown;
  }
  return 'accepted';
}
