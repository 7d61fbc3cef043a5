import { stringify } from 'yaml';
import { SluiceError } from '../../../core/errors.ts';
import type { RunContext } from '../../../core/context.ts';
import type { RuleGap, RuleGaps } from '../../../standardize/gaps.ts';
import { ocsfCategory, ocsfClass } from '../../../standardize/ocsf-schema.ts';
import type { RegisteredRule, RuleRegistry } from '../../../standardize/rule-registry.ts';
import { checkRuleText, invalidRules, type StandardizationRule } from '../../../standardize/rule.ts';
import { sampleDifferences } from '../../../standardize/sample-check.ts';
import { MAX_TEST_LOGS, sampleSelect, testRule, type TestedLog } from '../../../standardize/test-rule.ts';
import type { QueryLimits, Store } from '../../../store/store.ts';
import type { CloudName } from '../contract/base.ts';
import type { StandardizationRuleBody, StandardizationRuleSummary } from '../contract/rules.ts';
import { etagOf } from '../etag.ts';
import { pageInMemory, type Page } from '../paging.ts';
import type { AnswerIn, BodyIn, QueryIn, StandardizationRulesService } from '../services.ts';

export interface StandardizationRulesParts {
  readonly registry: RuleRegistry;
  readonly gaps: RuleGaps;
  readonly store: Pick<Store, 'query'>;
  readonly limits: QueryLimits;
}

const CLOUD_OF_VENDOR: Readonly<Record<string, CloudName>> = {
  'Alibaba Cloud': 'alibaba',
  'Tencent Cloud': 'tencent',
  'Huawei Cloud': 'huawei',
  AWS: 'aws',
  Microsoft: 'azure',
  Google: 'google',
};

/** Standardization rules in the words of the REST contract. */
export class RestStandardizationRules implements StandardizationRulesService {
  readonly #parts: StandardizationRulesParts;

  constructor(parts: StandardizationRulesParts) {
    this.#parts = parts;
  }

  async list(query: QueryIn<'listStandardizationRules'>, ctx: RunContext): Promise<Page<StandardizationRuleSummary>> {
    const gaps = await this.#parts.gaps.all(ctx);
    const wanted = query.search?.toLowerCase();
    const items = this.#parts.registry
      .rules()
      .filter((one) => (query.enabled === undefined || one.enabled === query.enabled) && (query.origin ?? one.origin) === one.origin)
      .map((one) => this.#summary(one, gaps))
      .filter((one) => query.cloud === undefined || query.cloud.includes(one.cloud))
      .filter((one) => wanted === undefined || `${one.id} ${one.title} ${one.product}`.toLowerCase().includes(wanted));
    return pageInMemory(items, (one) => one.id, query);
  }

  async get(id: string, ctx: RunContext): Promise<StandardizationRuleBody> {
    return this.#body(this.#parts.registry.rule(id), await this.#parts.gaps.all(ctx));
  }

  async create(text: string, enabled: boolean, _actor: string, ctx: RunContext): Promise<StandardizationRuleBody> {
    const { registry } = this.#parts;
    const rule = readRule(text);
    if (registry.rules().some((one) => one.rule.id === rule.id))
      throw new SluiceError('request.conflict', `there is a standardization rule ${rule.id} already`, { rule: rule.id });
    await this.#samplesPass(rule, ctx);
    await registry.put(rule, ctx);
    await registry.enable(rule.id, enabled, ctx);
    return await this.get(rule.id, ctx);
  }

  async update(
    id: string,
    change: Omit<BodyIn<'updateStandardizationRule'>, 'etag'>,
    etag: string,
    _actor: string,
    ctx: RunContext,
  ): Promise<StandardizationRuleBody> {
    const { registry } = this.#parts;
    const now = this.#summary(registry.rule(id), []);
    if (now.etag !== etag) throw new SluiceError('request.conflict', `standardization rule ${id} was changed meanwhile`, { rule: id });
    if (change.text !== undefined) {
      if (now.origin === 'built-in')
        throw new SluiceError('request.conflict', `${id} is a built-in rule: switch it off and add a rule of your own`, { rule: id });
      const rule = readRule(change.text);
      if (rule.id !== id)
        throw new SluiceError('request.invalid', `the text is of rule ${rule.id}, expected ${id}`, { path: '/body/text', rule: rule.id });
      await this.#samplesPass(rule, ctx);
      await registry.put(rule, ctx);
    }
    if (change.enabled !== undefined) await registry.enable(id, change.enabled, ctx);
    return await this.get(id, ctx);
  }

  async delete(id: string, _actor: string, ctx: RunContext): Promise<void> {
    await this.#parts.registry.remove(id, ctx);
  }

  async test(id: string, input: BodyIn<'testStandardizationRule'>, ctx: RunContext): Promise<AnswerIn<'testStandardizationRule'>> {
    const rule = input.text === undefined ? this.#parts.registry.rule(id).rule : readRule(input.text);
    const startedMs = ctx.clock.elapsedMs();
    const events: (Record<string, unknown> | null)[] = [];
    for (let from = 0; from < input.logs.length; from += MAX_TEST_LOGS) {
      const tested = await testRule(this.#parts.store, rule, input.logs.slice(from, from + MAX_TEST_LOGS), this.#parts.limits, ctx);
      events.push(...tested.map((one) => (one.event === null ? null : { ...one.event })));
    }
    return {
      events,
      sql: sampleSelect(rule, input.logs.slice(0, 1)).text,
      elapsedMs: Math.round(ctx.clock.elapsedMs() - startedMs),
    };
  }

  /** @throws rule.invalid naming each sample that comes out otherwise */
  async #samplesPass(rule: StandardizationRule, ctx: RunContext): Promise<void> {
    const tested: TestedLog[] = [];
    const logs = rule.samples.map((sample) => sample.log);
    for (let from = 0; from < logs.length; from += MAX_TEST_LOGS)
      tested.push(...(await testRule(this.#parts.store, rule, logs.slice(from, from + MAX_TEST_LOGS), this.#parts.limits, ctx)));
    const differences = sampleDifferences(rule, tested);
    if (differences.length > 0)
      throw invalidRules(
        differences.map(({ sample, path, expected, actual }) => ({
          rule: rule.id,
          path: `samples[${sample}].event${path === '' ? '' : `.${path}`}`,
          problem: `comes out as ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`,
        })),
      );
  }

  #summary({ rule, origin, enabled }: RegisteredRule, gaps: readonly RuleGap[]): StandardizationRuleSummary {
    const gap = gaps.find((one) => one.rule === rule.id);
    const references = this.#parts.registry.policies().filter((policy) => policy.rule === rule.id).length;
    return {
      id: rule.id,
      title: rule.title,
      cloud: CLOUD_OF_VENDOR[rule.vendor] ?? 'other',
      product: rule.product,
      logType: rule.match.topics.length > 0 ? rule.match.topics.join(', ') : rule.match.logstores.join(', '),
      classUid: rule.classUid,
      className: ocsfClass(rule.classUid).caption,
      category: ocsfCategory(ocsfClass(rule.classUid)).caption,
      enabled,
      origin,
      revision: rule.revision,
      references,
      fault: gap === undefined ? null : { code: gap.code, detail: gap.message },
      // Of what a user can change, so that a passing fault makes no conflict.
      etag: etagOf({ rule, enabled }),
    };
  }

  #body(registered: RegisteredRule, gaps: readonly RuleGap[]): StandardizationRuleBody {
    const { rule } = registered;
    return {
      ...this.#summary(registered, gaps),
      text: stringify(rule, { lineWidth: 0, blockQuote: 'literal' }),
      spl: rule.spl,
      samples: rule.samples.map((sample) => ({ log: { ...sample.log }, event: sample.event === null ? null : { ...sample.event } })),
    };
  }
}

/** @throws rule.invalid */
function readRule(text: string): StandardizationRule {
  const checked = checkRuleText(text, 'rule');
  if ('problems' in checked) throw invalidRules(checked.problems);
  return checked.rule;
}
