import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeptLetters, KeptReceipts, QUICK, shipSetup, type ShipSetup } from '../../ship/testing/ship-setup.ts';
import { Shipper } from '../../ship/shipper.ts';
import { bodyField, hasCollector, startCollector, type Collector } from '../../../test/receivers/otel-collector.ts';
import { sinkContract } from '../sink.contract.ts';
import { splunkHecConfig } from './config.ts';
import { SplunkHec } from './splunk-hec.ts';

const open = (port: number, more: Record<string, unknown> = {}): SplunkHec =>
  new SplunkHec(splunkHecConfig.parse({ endpoints: [`http://127.0.0.1:${port}`], token: 'any', batchBytes: 20_000, ...more }), {
    project: 'secure',
    logstore: 'waf',
  });

describe.skipIf(!hasCollector)('the HEC receiver of the OpenTelemetry Collector [K12]', () => {
  sinkContract(
    'Splunk HEC to the collector',
    async () => {
      const collector = await startCollector();
      let seen = 0;
      return {
        port: collector.hecPort,
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
      await setup.fill(1, 10);
    });
    afterAll(async () => {
      await collector.stop();
      await setup.close();
    });

    it('every part of the envelope as it was meant, plain and packed', async () => {
      for (const gzip of [false, true]) {
        const sink = open(collector.hecPort, { gzip, index: 'security', sourcetype: 'ali:waf', source: 'sls', host: 'gw-1' });
        const shipper = new Shipper(
          { client: setup.api(), sink, deadLetters: new KeptLetters(), receipts: new KeptReceipts() },
          { ...QUICK, group: `otel-${gzip}` },
        );
        await shipper.run(setup.ctx);
        await sink.close();
      }
      while (collector.logs().length < 20) await setup.ctx.clock.sleep(20, setup.ctx.signal);
      const logs = collector.logs().filter((log) => bodyField(log, 'id') === 'log-7');
      expect(logs).toHaveLength(2);
      for (const log of logs) {
        // The receiver keeps microseconds at most: its time is a floating-point number, as HEC has it.
        expect(log.timeUnixNano?.slice(0, 15)).toBe('172596192000700');
        expect(bodyField(log, 'agent')).toBe('Mozilla/5.0 (Windows NT 10.0; Win64; x64) 浏览器');
        expect(log.attributes?.find(({ key }) => key === 'sluice_id')?.value.stringValue).toMatch(/^secure\/waf\/0\/\d+\/7$/);
        expect(Object.fromEntries(log.resource.map(({ key, value }) => [key, value.stringValue]))).toEqual({
          'host.name': 'gw-1',
          'com.splunk.source': 'sls',
          'com.splunk.sourcetype': 'ali:waf',
          'com.splunk.index': 'security',
        });
      }
    });
  });
});
