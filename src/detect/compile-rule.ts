import type { SigmaExpr, SigmaFilter, SigmaRule } from '../query/syntax/sigma/ast.ts';
import { fieldsOf } from '../query/syntax/sigma/detection.ts';
import { applyFilters } from '../query/syntax/sigma/filter.ts';
import { refused } from '../query/syntax/sigma/refuse.ts';
import type { EventColumn, EventTable } from './event-columns.ts';
import { columnsFor } from './field-map.ts';
import { targetOf } from './logsource.ts';
import { predicateSql } from './predicate.ts';
import { metaOf } from './rule-meta.ts';
import type { RuleMeta } from './rule-meta.ts';
import { witnessOf } from './witness.ts';
import type { Frequency, Witness } from './witness.ts';

/** The tables of the classes, by class_uid. */
export type EventTables = ReadonlyMap<number, EventTable>;

/** A rule for one class: what the engine evaluates. */
export interface CompiledRule {
  readonly meta: RuleMeta;
  readonly classUid: number;
  readonly table: EventTable;
  /** 0 or 1, never NULL. */
  readonly predicate: string;
  /** Null: always runs. */
  readonly witness: Witness | null;
  readonly detection: SigmaExpr;
  /** Columns the rule reads, for the fields a hit keeps. */
  readonly columns: readonly EventColumn[];
  readonly notes: readonly string[];
}

export interface CompileOptions {
  readonly frequency: Frequency;
  readonly filters: readonly SigmaFilter[];
  /** Refuse a field that has no column instead of looking it up in the unmapped fields. */
  readonly strict: boolean;
}

/** One compiled rule per class of the logsource. @throws rule.invalid, rule.refused with the construct named */
export function compileRule(
  rule: SigmaRule,
  tables: EventTables,
  options: CompileOptions,
  meta: RuleMeta = metaOf(rule),
): readonly CompiledRule[] {
  const target = targetOf(rule.logsource);
  const filtered = applyFilters(rule, options.filters);
  const compiled: CompiledRule[] = [];
  for (const classUid of target.classes) {
    const table = tables.get(classUid);
    if (table === undefined) continue;
    const resolve = (field: string): readonly EventColumn[] => columnsFor(field, table);
    const fields = fieldsOf(filtered.detection);
    const unmapped = fields.filter((field) => resolve(field).every((column) => column.path.startsWith('unmapped.')));
    if (options.strict && unmapped.length > 0) {
      throw refused('detection', 'unmapped_field', `class ${classUid} has no column for ${unmapped.join(', ')}`);
    }
    const full: SigmaExpr = target.constraint === null ? filtered.detection : { kind: 'and', of: [target.constraint, filtered.detection] };
    compiled.push({
      meta,
      classUid,
      table,
      predicate: predicateSql(full, resolve, table.keywordColumns),
      witness: witnessOf(filtered.detection, resolve, options.frequency),
      detection: full,
      columns: [...new Map(fields.flatMap(resolve).map((column) => [column.path, column])).values()],
      notes: [
        ...target.notes,
        ...(unmapped.length > 0 ? [`looked up in the unmapped fields of class ${classUid}: ${unmapped.join(', ')}`] : []),
      ],
    });
  }
  if (compiled.length === 0) {
    throw refused('logsource', 'unmapped_logsource', `none of the classes ${target.classes.join(', ')} has a table`);
  }
  return compiled;
}
