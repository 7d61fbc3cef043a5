import type { FieldCatalog } from '../query/catalog/field-catalog.ts';
import type { Ch } from '../query/clickhouse/ch.ts';
import { printQuery } from '../query/clickhouse/print.ts';
import type { Env } from '../query/lower/env.ts';
import { groundLevel } from '../query/lower/spl/level.ts';
import { applyCommand } from '../query/lower/spl/pipeline.ts';
import { parseSpl } from '../query/syntax/spl/parse-spl.ts';
import { isComplex } from '../query/types/sql-type.ts';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import type { RuleField } from './coerce.ts';
import type { LogIdentityColumns } from './event-select.ts';
import { namedFields } from './program-fields.ts';
import { type StandardizationRule, zoneName } from './rule.ts';

/** What a program puts out over a source: a SELECT whose columns are the fields it names, and the identity of each log. */
export interface CompiledProgram {
  readonly text: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly fields: readonly RuleField[];
}

/** Columns of the source that pass through every stage, under their own names. */
export const CARRIED: readonly string[] = ['shard', 'cursor', 'idx', 'time', 'received'];

export const CARRIED_COLUMNS: LogIdentityColumns = { shard: 'shard', cursor: 'cursor', idx: 'idx', time: 'time', received: 'received' };

/**
 * Compiles a rule's program over a source of logs. `where`: what bounds its rows beside the rule's topics.
 * @throws rule.invalid with the program's error and its place
 */
export function compileProgram(rule: StandardizationRule, source: FieldCatalog, where: readonly Ch[]): CompiledProgram {
  try {
    return compile(rule, source, where);
  } catch (thrown) {
    const error = asSluiceError(thrown);
    if (!error.code.startsWith('query.')) throw error;
    throw new SluiceError(
      'rule.invalid',
      `rule ${rule.id}: ${error.message}`,
      { ...error.details, rule: rule.id, path: 'spl', cause: error.code },
      { cause: error },
    );
  }
}

function compile(rule: StandardizationRule, source: FieldCatalog, where: readonly Ch[]): CompiledProgram {
  const program = parseSpl(rule.spl);
  const { pipeline } = program;
  const search = pipeline.source.k === 'search' ? pipeline.source.text.replaceAll(/--[^\n]*/g, '').trim() : '';
  if (program.datasets.length > 0 || search !== '*') {
    throw new SluiceError('rule.invalid', `rule ${rule.id}: the program must begin with *, it sees one log at a time`, {
      rule: rule.id,
      path: 'spl',
    });
  }
  const env: Env = { text: rule.spl, language: 'spl', timeZone: zoneName(rule), nowMs: 0, diagnostics: [], subquery: null };
  let level = groundLevel(source, { typed: false, fold: false, carry: CARRIED, where });
  for (const command of pipeline.commands) level = applyCommand(level, command, env, 'row');
  const fields: RuleField[] = [];
  for (const name of namedFields(program)) {
    const value = level.field(name);
    // A field that a later stage took away again is not part of the output.
    if (value === null || value.ch.t !== 'col') continue;
    fields.push({ name, sql: value.ch.name, type: value.type, boxed: value.nullable && isComplex(value.type) });
  }
  const printed = printQuery(level.query(), zoneName(rule));
  // A statement of many rules is larger than what the engine reads by default (256 kB, 50,000 nodes).
  const settings = {
    ...printed.settings,
    // `unmapped` is searched as text: a slash stays a slash.
    output_format_json_escape_forward_slashes: 0,
    max_query_size: 16 * 1024 * 1024,
    max_ast_elements: 2_000_000,
    max_expanded_ast_elements: 10_000_000,
  };
  return { text: printed.text, params: printed.params, settings, fields };
}
