import { compress } from '../src/core/codec.ts';
import { GroupBuilder } from '../src/core/group-builder.ts';
import type { GroupBytes } from '../src/core/log.ts';
import { Random } from '../src/demo/random.ts';
import { logCatalog } from '../src/query/catalog/log-catalog.ts';
import { index, key } from '../src/query/testing/log-store.ts';
import { readyClassTables } from '../src/standardize/class-tables-ready.ts';
import { RuleGaps } from '../src/standardize/gaps.ts';
import { loadRuleFiles } from '../src/standardize/rule-files.ts';
import { RuleRegistry } from '../src/standardize/rule-registry.ts';
import { RuleStatements } from '../src/standardize/rule-statements.ts';
import type { SampleLog, StandardizationRule } from '../src/standardize/rule.ts';
import { StandardizeStep } from '../src/standardize/standardize-step.ts';
import { ctx } from './context.ts';
import { fillStore, LIMITS, quiet } from './filled-store.ts';
import { cpuSec, rounded, type Bench, type BenchRow } from './harness.ts';

/** A flat record of many fields, a flat one of few, one JSON object, and JSON within fields. */
const RULES = ['alibaba.waf', 'alibaba.vpc-flow', 'alibaba.actiontrail', 'aws.cloudtrail'];

const GROUP_LOGS = 500;
const BATCH_GROUPS = 200;
/** The first batch after a start looks what is there already: it is not counted. */
const BATCHES = 4;

/** Logs to OCSF events in batches of 100,000, rule by rule. */
export const benchStandardize: Bench = {
  name: 'standardize',
  summary: 'logs to OCSF events in batches of 100,000, for four rules, beside a copy of the same rows',
  async run() {
    const rules = await loadRuleFiles();
    const rows: BenchRow[] = [];
    const figures: Record<string, number> = {};
    for (const id of RULES) {
      const rule = rules.find((one) => one.id === id);
      if (rule === undefined) throw new Error(`there is no rule ${id}`);
      const { perSec, rawMb, copyPerSec } = await standardizeWith(rule);
      const name = id.replaceAll(/[.-]/g, '_');
      figures[`${name}_logsPerCpuSec`] = Math.round(perSec);
      figures[`${name}_rawMbPerCpuSec`] = rounded(rawMb);
      figures[`${name}_copyRatio`] = rounded(copyPerSec / perSec, 2);
      rows.push({
        what: id,
        measured: `${Math.round(perSec).toLocaleString('en-US')} logs, ${rounded(rawMb)} raw MB per CPU second`,
        beside: `${rounded(copyPerSec / perSec, 1)} times the cost of copying the rows`,
      });
    }
    return { rows, figures };
  },
};

async function standardizeWith(rule: StandardizationRule): Promise<{ perSec: number; rawMb: number; copyPerSec: number }> {
  const logs = rule.samples.filter((sample) => sample.event !== null).map((sample) => sample.log);
  const keys = [...new Set(logs.flatMap((log) => Object.keys(log)))].filter((name) => !name.startsWith('__'));
  // Groups differ a little in size: some more than the batches need.
  const oneGroup = sampleGroups(logs, 11).next().value.rawBytes;
  const rawBytes = oneGroup * BATCH_GROUPS * BATCHES * 1.02;
  const filled = await fillStore(index(Object.fromEntries(keys.map((name) => [name, key()]))), sampleGroups(logs, 11), rawBytes);
  const { store, tables, setup, logstore, range, enginePid } = filled;
  try {
    await readyClassTables(store, 30, ctx);
    const registry = await RuleRegistry.open(setup.state, setup.catalog, [{ ...rule, match: { ...rule.match, logstores: [] } }], ctx);
    await registry.addPolicy(logstore, rule.id, 'real-time-consumption', ctx);
    const step = new StandardizeStep({
      store,
      registry,
      statements: new RuleStatements(setup.catalog, tables, (table) => logCatalog(table, null, { where: null })),
      gaps: new RuleGaps(setup.state),
      limits: LIMITS,
      refreshMs: 1000,
    });
    const batches = Array.from({ length: BATCHES }, (_, number) => ({
      at: range.at,
      from: range.from + BigInt(number * BATCH_GROUPS),
      to: range.from + BigInt((number + 1) * BATCH_GROUPS),
    }));
    const cpu = (): number => cpuSec(process.pid) + cpuSec(enginePid);
    let taken = 0;
    for (const [number, batch] of batches.entries()) {
      const before = cpu();
      const [outcome] = await step.process([batch], ctx);
      if (outcome?.error !== null) throw outcome?.error ?? new Error('the step answered nothing');
      if (outcome.rowsIn !== GROUP_LOGS * BATCH_GROUPS || outcome.rowsOut !== outcome.rowsIn)
        throw new Error(`${rule.id} made ${outcome.rowsOut} events of ${outcome.rowsIn} logs`);
      if (number > 0) taken += cpu() - before;
    }
    // What waits to be merged is not that of the copy.
    await quiet([enginePid]);
    const command = (text: string): Promise<unknown> => store.command({ text, params: {} }, 'background', LIMITS, ctx);
    const { table } = filled.table;
    await command(`CREATE TABLE copied ENGINE = MergeTree ORDER BY (shard, cursor, idx) AS SELECT * FROM ${table} LIMIT 0`);
    const before = cpu();
    for (const { from, to } of batches.slice(1))
      await command(`INSERT INTO copied SELECT * FROM ${table} WHERE cursor >= ${from} AND cursor < ${to} SETTINGS max_insert_threads = 1`);
    const copying = cpu() - before;
    const events = GROUP_LOGS * BATCH_GROUPS * (BATCHES - 1);
    const rawMbPerEvent = filled.rawBytes / filled.logs / 1e6;
    return { perSec: events / taken, rawMb: (events * rawMbPerEvent) / taken, copyPerSec: events / copying };
  } finally {
    await filled.close();
  }
}

/** Groups of a rule's own samples in turn, with other addresses and ids in each log, so that values repeat no more than they do in life. */
function* sampleGroups(samples: readonly SampleLog[], seed: number): Generator<GroupBytes, never> {
  const random = new Random(seed);
  const builder = new GroupBuilder();
  const varied = (value: string): string =>
    value
      .replaceAll(/\b(\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3}\b/g, (_, net: string) => `${net}.${random.int(1, 254)}`)
      .replaceAll(/\b[0-9a-f]{12,}\b/gi, (id) => random.hex(id.length));
  for (let group = 0; ; group++) {
    builder.begin();
    const [first] = samples;
    for (let log = 0; log < GROUP_LOGS; log++) {
      builder.beginLog(Number(first?.['__time__'] ?? 1_725_961_920) + group);
      for (const [name, value] of Object.entries(samples[log % samples.length] ?? {}))
        if (!name.startsWith('__')) builder.field(name, varied(value));
      builder.endLog();
    }
    builder.topic(first?.['__topic__'] ?? '');
    builder.source(first?.['__source__'] ?? '');
    const raw = builder.view();
    yield { bytes: Buffer.from(compress('lz4', raw)), codec: 'lz4', rawBytes: raw.length, logs: GROUP_LOGS };
  }
}
