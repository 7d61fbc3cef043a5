/*
 * The wire API over the stream alone, without the steps behind it: what accepting and keeping logs costs by itself. `node bench/accept-server.ts DATA_DIR PORT`; ends with its
 * standard input.
 */
import { openWireControl } from '../src/control/wire-control.ts';
import { openSlsListener } from '../src/api/sls/listener.ts';
import { slsOperations } from '../src/api/sls/operations.ts';
import { openFoundation } from '../src/app/foundation.ts';
import { loadSettings } from '../src/config/load.ts';
import { systemClock } from '../src/core/clock.ts';
import { countBuffersAsHeap } from '../src/core/collector.ts';
import { quietContext } from '../src/core/context.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { DeclaredMetrics } from '../src/telemetry/metrics.ts';
import { ROOT_KEY } from '../test/system/running-server.ts';

countBuffersAsHeap();
const [dataDir = '', port = '0'] = process.argv.slice(2);
const { settings } = loadSettings({
  env: {
    SLUICE_DATA_DIR: dataDir,
    SLUICE_ROOT_AK_ID: ROOT_KEY.accessKeyId,
    SLUICE_ROOT_AK_SECRET: ROOT_KEY.secret,
    SLUICE_ADMIN_PASSWORD: 'not-needed-here',
  },
});
const ctx = { ...quietContext(systemClock), metrics: new DeclaredMetrics(createLogger('error'), { processMetrics: false }) };
const stack = new AsyncDisposableStack();
const base = await openFoundation(settings, stack, ctx);
const { catalog, stream, access, state } = base;
const control = openWireControl({ state, catalog, stream, access, settings }, ctx);
const services = { catalog, stream, access, control, settings, queries: {} as never, oldPulls: null, pullFilter: null };
const listener = await openSlsListener({ host: '127.0.0.1', port: Number(port), operations: slsOperations }, services, ctx);
process.stdout.write(`${listener.port}\n`);
process.stdin.on('end', () => {
  void listener.close().then(() => stack.disposeAsync());
});
process.stdin.resume();
