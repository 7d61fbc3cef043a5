import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { settingsSchema } from '../config/settings.ts';
import type { LogstoreInfo } from '../control/catalog.ts';
import { StateCatalog } from '../control/state-catalog.ts';
import { FakeClock } from '../core/clock.ts';
import { quietContext } from '../core/context.ts';
import type { SluiceError } from '../core/errors.ts';
import type { State } from '../state/state.ts';
import { openSqliteState } from '../state/sqlite/sqlite-state.ts';
import { loadRuleFiles } from './rule-files.ts';
import { RuleRegistry } from './rule-registry.ts';
import { checkRule, checkRuleText, matchesLogstore, type StandardizationRule } from './rule.ts';
import { standardFields, standardStructures } from './standard-fields.ts';

const ctx = quietContext(new FakeClock());
const builtIn = await loadRuleFiles();

let folder: string;
let state: State;
let catalog: StateCatalog;
let registry: RuleRegistry;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-rules-'));
  state = await openSqliteState(folder, ctx);
  catalog = await StateCatalog.open(state, { settings: settingsSchema.parse({}), places: null, owner: 'test' }, ctx);
  await catalog.createProject('sec-test', '', {}, ctx);
  registry = await RuleRegistry.open(state, catalog, builtIn, ctx);
});

afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true, force: true });
});

const logstore = (name: string): Promise<LogstoreInfo> => catalog.createLogstore('sec-test', { name, ttlDays: 30, shardCount: 1 }, ctx);
const custom = (more: object = {}): object => ({
  id: 'custom.one',
  revision: 1,
  title: 'One',
  vendor: 'Example',
  product: 'Example',
  classUid: 6003,
  spl: '* | extend "api.operation" = op',
  ...more,
});
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'none';
  } catch (thrown) {
    return (thrown as SluiceError).code;
  }
};

describe('a rule', () => {
  test('all its problems come at once, each with its place', () => {
    const checked = checkRule(
      { id: 'Bad Id', revision: 0, title: '', vendor: 'V', product: 'P', classUid: 9999, spl: '', extra: 1 },
      'x.yaml',
    );
    if (!('problems' in checked)) throw new Error('expected problems');
    expect(checked.problems.map((one) => one.path).sort()).toEqual(['', 'classUid', 'id', 'revision', 'spl', 'title']);
    expect(checked.problems.every((one) => one.rule === 'x.yaml')).toBe(true);
  });

  test('broken YAML says where', () => {
    const checked = checkRuleText('id: [unclosed\nrevision: 1', 'y.yaml');
    if (!('problems' in checked)) throw new Error('expected problems');
    expect(checked.problems[0]?.problem).toMatch(/line \d/);
  });

  test('applies to logstores by pattern, with or without the project', () => {
    const rule = (patterns: readonly string[]): StandardizationRule => {
      const checked = checkRule(custom({ match: { logstores: patterns } }), 'r');
      if ('problems' in checked) throw new Error(JSON.stringify(checked.problems));
      return checked.rule;
    };
    expect(matchesLogstore(rule(['waf*']), 'p', 'waf-logstore')).toBe(true);
    expect(matchesLogstore(rule(['waf']), 'p', 'waf-logstore')).toBe(false);
    expect(matchesLogstore(rule(['wafng-*/wafng-logstore']), 'wafng-project-1', 'wafng-logstore')).toBe(true);
    expect(matchesLogstore(rule(['other/*']), 'p', 'waf')).toBe(false);
    expect(matchesLogstore(rule([]), 'p', 'waf')).toBe(false);
  });
});

describe('rules of users', () => {
  test('are kept, grow by revision and can be removed [G03]', async () => {
    await registry.put(custom(), ctx);
    expect(registry.rule('custom.one')).toMatchObject({ origin: 'custom', enabled: true });
    await registry.put(custom(), ctx);
    expect(await codeOf(registry.put(custom({ title: 'Changed' }), ctx))).toBe('request.conflict');
    await registry.put(custom({ title: 'Changed', revision: 2 }), ctx);
    const again = await RuleRegistry.open(state, catalog, builtIn, ctx);
    expect(again.rule('custom.one').rule).toMatchObject({ title: 'Changed', revision: 2 });
    await registry.remove('custom.one', ctx);
    expect(await codeOf(Promise.resolve().then(() => registry.rule('custom.one')))).toBe('request.not_found');
  });

  test('cannot take the place of a built-in rule, which can only be switched off', async () => {
    expect(await codeOf(registry.put(custom({ id: 'alibaba.waf' }), ctx))).toBe('request.conflict');
    expect(await codeOf(registry.remove('alibaba.waf', ctx))).toBe('request.conflict');
    const waf = await logstore('waf');
    expect(registry.realTime(waf.id).map((rule) => rule.id)).toEqual(['alibaba.waf']);
    await registry.enable('alibaba.waf', false, ctx);
    expect(registry.realTime(waf.id)).toEqual([]);
    await registry.enable('alibaba.waf', true, ctx);
    expect(registry.realTime(waf.id)).toHaveLength(1);
  });

  test('an invalid one is refused as a whole', async () => {
    expect(await codeOf(registry.put(custom({ classUid: 1 }), ctx))).toBe('rule.invalid');
  });
});

describe('ingestion policies', () => {
  test('join a data source, a rule and a method, once [G01] [G04]', async () => {
    const store = await logstore('odd-name');
    const policy = await registry.addPolicy(store, 'tencent.waf-attack', 'real-time-consumption', ctx);
    expect(registry.policies()).toEqual([policy]);
    expect(registry.realTime(store.id).map((rule) => rule.id)).toEqual(['tencent.waf-attack']);
    // The method stays what it was made as.
    expect(await codeOf(registry.addPolicy(store, 'tencent.waf-attack', 'scan-query', ctx))).toBe('request.conflict');
    expect(await codeOf(registry.addPolicy(store, 'no.such-rule', 'scan-query', ctx))).toBe('request.not_found');
  });

  test('a real-time policy is a delivery task while it exists [G08]', async () => {
    const store = await logstore('odd-name');
    const policy = await registry.addPolicy(store, 'aws.guardduty', 'real-time-consumption', ctx);
    expect(registry.deliveryTasks()).toEqual([
      { policy: policy.id, logstore: store.id, rule: 'aws.guardduty', classUid: 2004, table: 'ocsf_2004' },
    ]);
    await registry.removePolicy(policy.id, ctx);
    expect(registry.deliveryTasks()).toEqual([]);
    expect(await codeOf(registry.removePolicy(policy.id, ctx))).toBe('request.not_found');
  });

  test('references of a structure count its real-time policies only [G09]', async () => {
    const [a, b, c] = [await logstore('store-a'), await logstore('store-b'), await logstore('store-c')];
    await registry.addPolicy(a, 'aws.guardduty', 'real-time-consumption', ctx);
    await registry.addPolicy(b, 'tencent.cfw-ips', 'real-time-consumption', ctx);
    await registry.addPolicy(c, 'huawei.cfw-attack', 'scan-query', ctx);
    await registry.addPolicy(a, 'aws.cloudtrail', 'real-time-consumption', ctx);
    expect([...registry.references()].sort(([a1], [b1]) => a1 - b1)).toEqual([
      [2004, 2],
      [6003, 1],
    ]);
  });

  test('a rule in use by a policy cannot be removed; a scan policy takes it out of real time', async () => {
    const store = await logstore('waf');
    await registry.put(custom(), ctx);
    await registry.addPolicy(store, 'custom.one', 'scan-query', ctx);
    expect(await codeOf(registry.remove('custom.one', ctx))).toBe('request.conflict');
    expect(registry.realTime(store.id).map((rule) => rule.id)).toEqual(['alibaba.waf']);
    await registry.addPolicy(store, 'alibaba.waf', 'scan-query', ctx);
    expect(registry.realTime(store.id)).toEqual([]);
  });
});

describe('standard fields', () => {
  test('every structure lists its fields with type, requirement and captions [G07]', () => {
    const structures = standardStructures();
    expect(structures.find((one) => one.classUid === 6003)).toMatchObject({
      structure: 'API Activity',
      category: 'Application Activity',
      table: 'ocsf_6003',
    });
    for (const { classUid } of structures) expect(standardFields(classUid).length).toBeGreaterThan(50);
    const fields = new Map(standardFields(4002).map((field) => [field.path, field]));
    expect(fields.get('disposition_id')?.values['2']).toBe('Blocked');
    expect(fields.get('src_endpoint.ip')).toMatchObject({ type: 'ip_t', observable: 'IP Address', list: false });
    expect(fields.get('activity_id')?.requirement).toBe('required');
    expect(fields.get('http_request.x_forwarded_for')?.list).toBe(true);
  });
});
