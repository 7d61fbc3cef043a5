import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlSetup, type ControlSetup } from '../../../control/testing/control-setup.ts';
import { RuleGaps } from '../../../standardize/gaps.ts';
import { loadRuleFiles } from '../../../standardize/rule-files.ts';
import { RuleRegistry } from '../../../standardize/rule-registry.ts';
import { EngineStore } from '../../../standardize/testing/engine-store.ts';
import { TestEngine } from '../../../standardize/testing/engine.ts';
import { RestStandardizationRules } from './standardization-rules.ts';

const LIMITS = { maxSec: 60, maxMemoryBytes: 1 << 30, maxResultRows: 10_000 };

const OWN = {
  id: 'own.door',
  revision: 1,
  title: 'Doors of the office',
  vendor: 'Example',
  product: 'Doors',
  classUid: 3002,
  match: { logstores: ['door*'] },
  spl: `* | where badge is not null | extend time = at, "user.name" = badge, activity_id = 1, severity_id = 1`,
  samples: [
    { log: { at: '1725961920', badge: 'b7' }, event: { user: { name: 'b7' } } },
    { log: { at: '1725961920' }, event: null },
  ],
};

describe('standardization rules over REST', () => {
  let setup: ControlSetup;
  let engine: TestEngine;
  let rules: RestStandardizationRules;
  beforeAll(async () => {
    setup = await controlSetup();
    engine = new TestEngine();
    const registry = await RuleRegistry.open(setup.state, setup.catalog, await loadRuleFiles(), setup.ctx);
    rules = new RestStandardizationRules({ registry, gaps: new RuleGaps(setup.state), store: new EngineStore(engine), limits: LIMITS });
  });
  afterAll(async () => {
    engine.close();
    await setup.close();
  });
  const list = async (query: Parameters<RestStandardizationRules['list']>[0]) => (await rules.list(query, setup.ctx)).items;

  it('lists built-in rules by cloud, page by page', async () => {
    const all = await list({ pageSize: 1000 });
    expect(all.length).toBeGreaterThanOrEqual(48);
    expect(new Set(all.map((one) => one.cloud))).toEqual(new Set(['alibaba', 'tencent', 'huawei', 'aws', 'azure', 'google']));
    const first = await rules.list({ pageSize: 10, cloud: ['aws'] }, setup.ctx);
    expect(first.items.every((one) => one.cloud === 'aws' && one.origin === 'built-in' && one.enabled && one.fault === null)).toBe(true);
  });

  it('takes an own rule whose samples come out right, tries it, changes it and forgets it', async () => {
    const made = await rules.create(stringify(OWN), true, 'admin', setup.ctx);
    expect(made).toMatchObject({ id: 'own.door', origin: 'custom', enabled: true, classUid: 3002, samples: OWN.samples });
    await expect(rules.create(stringify(OWN), true, 'admin', setup.ctx)).rejects.toMatchObject({ code: 'request.conflict' });
    const tried = await rules.test('own.door', { logs: [{ at: '1725961920', badge: 'x' }, { other: '1' }] }, setup.ctx);
    expect(tried.events).toMatchObject([{ user: { name: 'x' } }, null]);
    const off = await rules.update('own.door', { enabled: false }, made.etag, 'admin', setup.ctx);
    expect(off.enabled).toBe(false);
    await expect(rules.update('own.door', { enabled: true }, made.etag, 'admin', setup.ctx)).rejects.toMatchObject({
      code: 'request.conflict',
    });
    await rules.delete('own.door', 'admin', setup.ctx);
    await expect(rules.get('own.door', setup.ctx)).rejects.toMatchObject({ code: 'request.not_found' });
  });

  it('refuses a rule whose sample comes out otherwise, with the place and both values', async () => {
    const wrong = { ...OWN, id: 'own.wrong', samples: [{ log: { at: '1725961920', badge: 'b7' }, event: { user: { name: 'b8' } } }] };
    await expect(rules.create(stringify(wrong), true, 'admin', setup.ctx)).rejects.toMatchObject({
      code: 'rule.invalid',
      message: expect.stringMatching(/samples\[0\]\.event\.user\.name: comes out as "b7", expected "b8"/) as string,
    });
    expect((await list({ search: 'own.wrong' })).length).toBe(0);
  });

  it('refuses to change or delete the text of a built-in rule, and switches it off', async () => {
    const aws = await rules.get('aws.waf', setup.ctx);
    await expect(rules.update('aws.waf', { text: aws.text }, aws.etag, 'admin', setup.ctx)).rejects.toMatchObject({
      code: 'request.conflict',
    });
    await expect(rules.delete('aws.waf', 'admin', setup.ctx)).rejects.toMatchObject({ code: 'request.conflict' });
    expect((await rules.update('aws.waf', { enabled: false }, aws.etag, 'admin', setup.ctx)).enabled).toBe(false);
    expect((await list({ enabled: false })).map((one) => one.id)).toEqual(['aws.waf']);
  });
});
