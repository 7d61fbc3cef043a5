import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertBody } from '../../src/api/rest/contract/alerts.ts';
import type { DetectionRuleBody, DetectionRuleSummary, RuleTestAnswer } from '../../src/api/rest/contract/rules.ts';
import { RunningServer } from './running-server.ts';

const RULE = `title: Bucket listed by an address of the documentation range
id: test.bucket-listed
status: test
level: low
logsource: { product: aws, service: cloudtrail }
tags: [attack.discovery, attack.t1619]
detection:
  selection:
    api.operation|startswith: List
    src_endpoint.ip|cidr: 203.0.113.0/24
  condition: selection
sluice:
  entity: [src_endpoint.ip]
  summary: '{api.operation} by {src_endpoint.ip}'
`;

/** Rules by the REST API against stored and given events. */
describe('detection rules', () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await RunningServer.start({ SLUICE_DEMO: '1' });
    await server.printed('/events/SE-');
  }, 240_000);

  afterAll(async () => {
    await server.stop();
  });

  const within = () => ({ from: Math.floor(Date.now() / 1000) - 3 * 3600, to: Math.floor(Date.now() / 1000) + 60 });

  it('lists built-in rules with what they raised', async () => {
    const { items } = await server.call<{ items: DetectionRuleSummary[] }>('GET', '/detection-rules?pageSize=200');
    expect(items.length).toBeGreaterThan(80);
    expect(items.filter(({ fault }) => fault !== null)).toEqual([]);
    expect(items.reduce((sum, { alerts24h }) => sum + alerts24h, 0)).toBe(
      (await server.call<{ items: AlertBody[] }>('GET', '/alerts?pageSize=200')).items.length,
    );
  });

  it('finds the stored events of a built-in rule again, and a replay raises nothing twice', async () => {
    const { items } = await server.call<{ items: DetectionRuleSummary[] }>('GET', '/detection-rules?pageSize=200');
    const raised = items.filter(({ alerts24h, kind }) => alerts24h > 0 && kind === 'sigma').slice(0, 5);
    for (const { id } of raised) {
      const tested = await server.call<RuleTestAnswer>('POST', `/detection-rules/${id}:test`, within());
      expect(tested.matched, id).toBeGreaterThan(0);
      expect(tested.hits[0]!.evidence).not.toBeNull();
      const replayed = await server.call<{ findings: number; newAlerts: number }>('POST', `/detection-rules/${id}:replay`, within());
      expect(replayed, id).toMatchObject({ findings: tested.matched, newAlerts: 0 });
    }
  });

  it('takes a rule of a user, tests it on given events, changes, switches and deletes it [H01]', async () => {
    const made = await server.call<DetectionRuleBody>('POST', '/detection-rules', { text: RULE, enabled: false });
    expect(made).toMatchObject({ id: 'test.bucket-listed', origin: 'custom', enabled: false, severity: 'low', fault: null });
    const event = (ip: string, operation: string) => ({
      class_uid: 6003,
      cloud: { provider: 'AWS' },
      time: Date.now(),
      api: { operation },
      src_endpoint: { ip },
    });
    const events = [
      event('203.0.113.5', 'ListBuckets'),
      event('198.51.100.5', 'ListBuckets'),
      event('203.0.113.6', 'GetObject'),
      event('203.0.113.7', 'ListObjects'),
    ];
    const tested = await server.call<RuleTestAnswer>('POST', `/detection-rules/${made.id}:test`, { events });
    expect(tested.hits.map(({ index, title }) => [index, title])).toEqual([
      [0, 'ListBuckets by 203.0.113.5'],
      [3, 'ListObjects by 203.0.113.7'],
    ]);
    const changed = await server.call<DetectionRuleBody>('PATCH', `/detection-rules/${made.id}`, {
      etag: made.etag,
      enabled: true,
      text: RULE.replace('level: low', 'level: high'),
    });
    expect(changed).toMatchObject({ enabled: true, severity: 'high', revision: 2 });
    await expect(server.call('PATCH', `/detection-rules/${made.id}`, { etag: made.etag, enabled: false })).rejects.toThrow('409');
    await expect(server.call('POST', '/detection-rules', { text: 'title: nothing\nid: x\n' })).rejects.toThrow('400');
    await server.remove(`/detection-rules/${made.id}`);
    await expect(server.call('GET', `/detection-rules/${made.id}`)).rejects.toThrow('404');
  });
});
