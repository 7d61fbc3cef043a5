import { classTable } from '../../standardize/class-table.ts';
import type { TestEngine } from '../../standardize/testing/engine.ts';
import { parseSigma } from '../../query/syntax/sigma/document.ts';
import { compileRule } from '../compile-rule.ts';
import { EVENT_TABLES } from '../event-tables.ts';
import { givenEvents, type GivenEvent } from '../given-events.ts';
import { guessFrequency } from '../witness.ts';

/** Runs one rule over events on the real engine: for each event, whether the rule's predicate is 1. Fails when it is neither 0 nor 1. */
export function hitsOf(engine: TestEngine, yaml: string, events: readonly GivenEvent[]): readonly boolean[] {
  const [rule] = parseSigma(yaml);
  if (rule?.kind !== 'rule') throw new Error('expected a rule');
  const hits = events.map(() => false);
  for (const compiled of compileRule(rule, EVENT_TABLES, { frequency: guessFrequency, filters: [], strict: false })) {
    const own = events.flatMap((event, index) =>
      event['class_uid'] === undefined || event['class_uid'] === compiled.classUid ? [index] : [],
    );
    if (own.length === 0) continue;
    const given = givenEvents(
      classTable(compiled.classUid),
      own.map((index) => events[index] as GivenEvent),
    );
    const rows = engine.run({ text: `SELECT idx, (${compiled.predicate}) AS hit FROM ${given.from}`, params: given.params });
    for (const [idx, hit] of rows) {
      if (hit !== 0 && hit !== 1) throw new Error(`the predicate is ${JSON.stringify(hit)}: ${compiled.predicate}`);
      if (hit === 1) hits[own[Number(idx)] as number] = true;
    }
  }
  return hits;
}
