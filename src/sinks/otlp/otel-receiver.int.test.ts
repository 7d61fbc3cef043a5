import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from '../../ship/testing/ship-setup.ts';
import { Shipper } from '../../ship/shipper.ts';
import { bodyField, hasCollector, startCollector, type Collector } from '../../../test/receivers/otel-collector.ts';
import { sinkContract } from '../sink.contract.ts';
import { otlpConfig } from './config.ts';
import { Otlp } from './otlp.ts';

const open = (port: number, more: Record<string, unknown> = {}): Otlp =>
  new Otlp(otlpConfig.parse({ url: `http://127.0.0.1:${port}/v1/logs`, batchRecords: 100, ...more }), {
    project: 'secure',
    logstore: 'waf',
  });

describe.skipIf(!hasCollector)('the OTLP receiver of the OpenTelemetry Collector', () => {
  sinkContract(
    'OTLP to the collector',
    async () => {
      const collector = await startCollector();
      let seen = 0;
      return {
        port: collector.otlpPort,
        open: (port) => open(port),
        ids: () =>
          Promise.resolve(
            collector
              .logs()
              .slice(seen)
              .map((log) => bodyField(log, 'id')!),
          ),
        clear: () => {
          seen = collector.logs().length;
          return Promise.resolve();
        },
        stop: () => collector.stop(),
      };
    },
    { repeats: true, seeds: [1, 2] },
  );

  describe('reads', () => {
    let collector: Collector;
    let setup: ShipSetup;
    beforeAll(async () => {
      collector = await startCollector();
      setup = await shipSetup(1);
      await setup.fill(1, 10, (builder, n) => builder.field('level', n === 7 ? 'error' : 'info'));
    });
    afterAll(async () => {
      await collector.stop();
      await setup.close();
    });

    it('nanoseconds, severity, fields and attributes as they were', async () => {
      const sink = open(collector.otlpPort, { severityField: 'level', serviceName: 'gateway' });
      await new Shipper({ client: setup.api(), sink, deadLetters: new KeptLetters(), receipts: new KeptReceipts() }, QUICK).run(setup.ctx);
      await sink.close();
      while (collector.logs().length < 10) await setup.ctx.clock.sleep(20, setup.ctx.signal);
      const log = collector.logs().find((candidate) => bodyField(candidate, 'id') === 'log-7')!;
      expect(log).toMatchObject({ timeUnixNano: '1725961920007000001', severityNumber: 17 });
      expect(bodyField(log, 'agent')).toBe('Mozilla/5.0 (Windows NT 10.0; Win64; x64) 浏览器');
      expect(log.attributes?.map(({ key }) => key)).toEqual(['sluice.id', 'sls.topic', 'sls.source', 'sls.tag.__pack_id__']);
      expect(log.resource.find(({ key }) => key === 'service.name')?.value.stringValue).toBe('gateway');
    });
  });
});
