import type { RunContext } from '../core/context.ts';
import type { QueryLimits, Store } from '../store/store.ts';
import { classTable } from './class-table.ts';
import { eventFromRow, type OcsfEvent } from './event-row.ts';
import { eventSelect } from './event-select.ts';
import { CARRIED_COLUMNS, compileProgram } from './rule-program.ts';
import { readList } from './rule-statements.ts';
import { sampleCatalog } from './sample-catalog.ts';
import type { SampleLog, StandardizationRule } from './rule.ts';
import type { CompiledSql } from '../store/store.ts';

/** What a rule makes of a log: an event, or nothing. */
export interface TestedLog {
  readonly log: SampleLog;
  readonly event: OcsfEvent | null;
  /** The log's own time could not be used. */
  readonly timeReplaced: boolean;
}

/** The statement that runs a rule over logs written into it; one row per event, its place among the logs in the column `idx`. @throws rule.invalid */
export function sampleSelect(rule: StandardizationRule, logs: readonly SampleLog[]): CompiledSql {
  const table = classTable(rule.classUid);
  const topics = rule.match.topics;
  const fitting = logs.map((log) => (topics.length === 0 || topics.includes(log['__topic__'] ?? '') ? log : {}));
  const program = compileProgram(rule, sampleCatalog(fitting), []);
  const output = { from: `(${program.text})`, params: program.params, fields: program.fields };
  const select = eventSelect(rule, table, { logstore: 0, logName: 'sample' }, output, CARRIED_COLUMNS, 'e_');
  return {
    text: `SELECT ${readList(table)} FROM (${select.text(table.columns)}) ORDER BY \`=idx\``,
    params: select.params,
    settings: program.settings,
  };
}

/** Rows of `sampleSelect` beside their logs. A log of another topic makes no event, whatever the program says. */
export function sampleEvents(
  rule: StandardizationRule,
  logs: readonly SampleLog[],
  rows: readonly (readonly unknown[])[],
): readonly TestedLog[] {
  const table = classTable(rule.classUid);
  const topics = rule.match.topics;
  const events = new Map(
    rows.map((row) => {
      const { event, origin } = eventFromRow(table, row);
      return [origin.index, { event, timeReplaced: origin.timeReplaced }] as const;
    }),
  );
  return logs.map((log, index) => {
    const fits = topics.length === 0 || topics.includes(log['__topic__'] ?? '');
    const found = fits ? events.get(index) : undefined;
    return { log, event: found?.event ?? null, timeReplaced: found?.timeReplaced ?? false };
  });
}

/** Most logs of one try: they travel within the statement. */
export const MAX_TEST_LOGS = 200;

/** Runs a rule, saved or not, over logs on the real engine. @throws rule.invalid store.* */
export async function testRule(
  store: Pick<Store, 'query'>,
  rule: StandardizationRule,
  logs: readonly SampleLog[],
  limits: QueryLimits,
  ctx: RunContext,
): Promise<readonly TestedLog[]> {
  const answer = await store.query(
    sampleSelect(rule, logs.slice(0, MAX_TEST_LOGS)),
    'people',
    { ...limits, maxResultRows: MAX_TEST_LOGS },
    ctx,
  );
  return sampleEvents(rule, logs.slice(0, MAX_TEST_LOGS), answer.rows);
}
