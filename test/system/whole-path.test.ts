import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AlertBody } from '../../src/api/rest/contract/alerts.ts';
import type { ReceiptBody } from '../../src/api/rest/contract/operations.ts';
import type { EventSummaryBody, SecurityEventBody } from '../../src/api/rest/contract/security-events.ts';
import type { QueryAnswerBody } from '../../src/api/rest/contract/search.ts';
import { campaignSec, readCampaign } from '../../src/demo/campaign.ts';
import { PASSWORD, RunningServer } from './running-server.ts';

/** The first start as a new user sees it: logs of four clouds go in over the wire protocol and come out as one security event. */
describe('from a fresh start to a security event', () => {
  let server: RunningServer;
  let event: SecurityEventBody;

  beforeAll(async () => {
    server = await RunningServer.start({ SLUICE_DEMO: '1' });
    await server.printed('/events/SE-');
    const { items } = await server.call<{ items: EventSummaryBody[] }>('GET', '/security-events');
    event = await server.call<SecurityEventBody>('GET', `/security-events/${items[0]!.id}`);
  }, 240_000);

  afterAll(async () => {
    await server.stop();
  });

  const within = () => ({ from: new Date(Date.now() - 3 * 3_600_000).toISOString(), to: new Date(Date.now() + 3_600_000).toISOString() });

  it('prints the addresses, the event and where to open it', () => {
    expect(server.output).toContain(`Console and REST  ${server.url}`);
    expect(server.output).toContain(`${server.url}/events/${event.id}`);
    expect(server.output).not.toMatch(/"level":"(error|fatal)"/);
  });

  it('finds one event with its chain over four clouds, steps in the order of time [A02]', async () => {
    const { items } = await server.call<{ items: EventSummaryBody[] }>('GET', '/security-events');
    expect(items).toHaveLength(1);
    expect(new Set(event.clouds.map(({ cloud }) => cloud))).toEqual(new Set(['alibaba', 'tencent', 'huawei', 'aws']));
    expect(event.steps.length).toBeGreaterThan(40);
    const times = event.steps.map((step) => step.time);
    expect(times).toEqual(times.toSorted());
    expect(event.edges.length).toBeGreaterThan(event.steps.length / 2);
    expect(event.severity).toBe('critical');
    // From the first step of the campaign to its last.
    const lines = await readCampaign();
    const spanSec = (Date.parse(event.lastSeen) - Date.parse(event.firstSeen)) / 1000;
    expect(spanSec).toBeGreaterThan(campaignSec(lines) * 0.9);
  });

  it('opens the log behind every step by its identity', async () => {
    for (const step of event.steps) {
      const [evidence] = step.evidence;
      expect(evidence).toBeDefined();
      const { project, logstore, shard, cursor, index } = evidence!;
      const log = await server.call<{ fields: Record<string, string>; cursor: string; index: number }>(
        'GET',
        `/projects/${project}/logstores/${logstore}/log?shard=${shard}&cursor=${cursor}&index=${index}`,
      );
      expect(log).toMatchObject({ cursor, index });
      expect(Object.keys(log.fields).length).toBeGreaterThan(0);
    }
  });

  it('has every log of the story, once', async () => {
    const { items } = await server.call<{ items: { project: string; name: string }[] }>('GET', '/logstores');
    let logs = 0;
    for (const { project, name } of items) {
      const body = { query: '* | select count(1) as n', ...within() };
      const answer = await server.call<QueryAnswerBody>('POST', `/projects/${project}/logstores/${name}/query`, body);
      logs += Number(answer.rows[0]?.[0]);
    }
    expect(items.length).toBe(16);
    expect(logs).toBe(60_090);
  });

  it('shows alerts of all clouds in one list [A21]', async () => {
    const { items } = await server.call<{ items: AlertBody[] }>('GET', '/alerts?pageSize=200');
    expect(new Set(items.map((alert) => alert.cloud))).toEqual(new Set(['alibaba', 'tencent', 'huawei', 'aws']));
  });

  it('tells the life of a log: received, indexed, standardized, evaluated', async () => {
    const { project, logstore, shard, cursor, index } = event.steps[0]!.evidence[0]!;
    const receipt = await server.call<ReceiptBody>(
      'GET',
      `/receipts?project=${project}&logstore=${logstore}&shard=${shard}&cursor=${cursor}&index=${index}`,
    );
    expect(receipt.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      'received done',
      'index done',
      'standardize done',
      'detect done',
    ]);
    for (const { at, error } of receipt.steps) expect({ at, error }).toEqual({ at: expect.any(String), error: '' });
  });

  it('is healthy to its own doctor', async () => {
    const report = await server.call<{ checks: { name: string; status: string }[] }>('POST', '/doctor');
    expect(report.checks.filter(({ status }) => status === 'fail')).toEqual([]);
  });

  it('starts again with everything, without loading the story a second time', async () => {
    await server.kill('SIGTERM');
    await server.start();
    const { items } = await server.call<{ items: EventSummaryBody[] }>('GET', '/security-events');
    expect(items.map(({ id, alertCount }) => [id, alertCount])).toEqual([[event.id, event.alertCount]]);
    const overview = await server.call<{ ingest: { logsToday: number } }>('GET', '/overview');
    expect(overview.ingest.logsToday).toBeLessThanOrEqual(60_090);
  });

  it("is gone without a trace when the demonstration is cleared, and what is one's own stays", async () => {
    await server.makeLogstore('own', 'app', { level: 'text' });
    const command = [process.execPath, 'src/main.ts', 'demo', '--clear'] as const;
    const env = { ...process.env, SLUICE_URL: server.url, SLUICE_ADMIN_PASSWORD: PASSWORD };
    const done = spawnSync(command[0], command.slice(1), { env, encoding: 'utf8' });
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining('16 logstores')]);
    expect((await server.call<{ items: unknown[] }>('GET', '/security-events')).items).toEqual([]);
    expect((await server.call<{ items: unknown[] }>('GET', '/alerts')).items).toEqual([]);
    const { items } = await server.call<{ items: { name: string }[] }>('GET', '/logstores');
    expect(items.map(({ name }) => name)).toEqual(['app']);
  });
});
