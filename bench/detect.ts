import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsSchema } from '../src/config/settings.ts';
import { Random } from '../src/demo/random.ts';
import { DetectEngine } from '../src/detect/detect-engine.ts';
import { EVENT_TABLES } from '../src/detect/event-tables.ts';
import { buildRuleSet } from '../src/detect/rule-set.ts';
import { readRuleText, type DetectionRule } from '../src/detect/rule-text.ts';
import { guessFrequency } from '../src/detect/witness.ts';
import { readyClassTables } from '../src/standardize/class-tables-ready.ts';
import { openEmbeddedStore } from '../src/store/chdb/embedded-store.ts';
import { ctx } from './context.ts';
import { cpuSec, rounded, type Bench, type BenchRow } from './harness.ts';

const EVENTS = 100_000;
const ROUNDS = 5;
const LIMITS = { maxSec: 120, maxMemoryBytes: 2 * 1024 ** 3, maxResultRows: 1_000_000 };

/** Rules as published ones are: names of operations, parts of agents and users, addresses; a few of them are true now and then. */
function rules(count: number, seed: number): readonly DetectionRule[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, number) => {
    const verb = random.pick(['Create', 'Delete', 'Put', 'Attach', 'Update', 'Stop', 'Modify', 'Assume', 'Get', 'List']);
    const operation = number % 50 === 0 ? 'DeleteTrail' : `${verb}Thing${random.int(1, 5000)}`;
    const second = random.pick([
      `    user_agent|contains: tool-${random.int(1, 9000)}`,
      `    actor.user.name|startswith: svc-${random.int(1, 9000)}`,
      `    src_endpoint.ip: 198.51.${random.int(0, 255)}.${random.int(1, 254)}`,
      `    api.operation|endswith: Policy${random.int(1, 900)}`,
    ]);
    const text = `title: generated ${number}
id: bench.${number}
status: test
level: medium
logsource: { category: api_activity }
detection:
  a:
    api.operation: ${operation}
  b:
${second.replace('user_agent', 'http_request.user_agent')}
  condition: ${number % 3 === 0 ? 'a and not b' : number % 3 === 1 ? 'a or b' : 'a and b'}
`;
    return readRuleText(text);
  });
}

/** Rules over batches of standardized events, probe and confirm on the engine. */
export const benchDetect: Bench = {
  name: 'detect',
  summary: 'rules over batches of 100,000 events: 100, 1,000 and 3,000 of them',
  async run() {
    const dataDir = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
    const { store, engine } = await openEmbeddedStore(settingsSchema.parse({ dataDir }), ctx);
    try {
      await readyClassTables(store, 30, ctx);
      const insert = `INSERT INTO ocsf_6003 (logstore, shard, cursor, idx, rule, revision, received, time, class_uid, category_uid, activity_id, type_uid, severity_id,
\`cloud.provider\`, \`api.operation\`, \`actor.user.name\`, \`src_endpoint.ip\`, \`http_request.user_agent\`)
SELECT 1, 0, number, 0, 'bench', 1, now64(3), now64(3), 6003, 6, 1, 600301, 1, 'AWS',
if(number % 997 = 0, 'DeleteTrail', concat(['Describe', 'List', 'Get', 'Put'][1 + number % 4], 'Item', toString(cityHash64(number) % 400))),
concat('user-', toString(cityHash64(number, 1) % 3000)), concat('10.', toString(number % 200), '.', toString(cityHash64(number, 2) % 250), '.7'),
concat('aws-sdk/', toString(cityHash64(number, 3) % 40)) FROM numbers(${EVENTS})`;
      await store.command({ text: insert, params: {} }, 'background', LIMITS, ctx);
      const rows: BenchRow[] = [];
      const figures: Record<string, number> = {};
      const cpu = (): number => cpuSec(process.pid) + cpuSec(engine.pid!);
      for (const count of [100, 1000, 3000]) {
        const set = buildRuleSet(rules(count, 7), { tables: EVENT_TABLES, frequency: guessFrequency });
        if (set.faults.size > 0) throw [...set.faults.values()][0]!;
        const detect = new DetectEngine({ store, limits: LIMITS, chunkRules: 250 });
        const run = async (): Promise<number> => (await detect.run(set, 'logstore = 1', new Map([[6003, EVENTS]]), ctx)).hits.length;
        const hits = await run();
        const before = cpu();
        for (let round = 0; round < ROUNDS; round++) await run();
        const perSec = (EVENTS * ROUNDS) / (cpu() - before);
        figures[`eventsPerCpuSec${count}`] = Math.round(perSec);
        rows.push({
          what: `${count.toLocaleString('en-US')} rules, ${hits} hits a batch`,
          measured: `${Math.round(perSec).toLocaleString('en-US')} events per CPU second`,
          beside: count === 1000 ? 'aim 200,000' : count === 3000 ? 'aim 150,000' : '',
        });
      }
      // What the engine needs to look at the columns once.
      const before = cpu();
      for (let round = 0; round < ROUNDS; round++) {
        const text =
          "SELECT countIf(`api.operation` = 'x'), countIf(position(`http_request.user_agent`, 'x') > 0), countIf(`src_endpoint.ip` = 'x') FROM ocsf_6003 WHERE logstore = 1";
        await store.query({ text, params: {} }, 'background', LIMITS, ctx);
      }
      const limit = (EVENTS * ROUNDS) / (cpu() - before);
      figures['limitEventsPerCpuSec'] = Math.round(limit);
      rows.push({
        what: 'limit: three conditions by hand',
        measured: `${Math.round(limit).toLocaleString('en-US')} events per CPU second`,
        beside: '',
      });
      figures['batchEvents'] = rounded(EVENTS);
      return { rows, figures };
    } finally {
      await store.close();
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
};
