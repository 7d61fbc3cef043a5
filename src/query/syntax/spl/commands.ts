import type { SplCommand } from '../../ast/spl.ts';
import type { CommandSyntax } from './command-reader.ts';
import { expandValues } from './commands/expand-values.ts';
import { extend } from './commands/extend.ts';
import { join } from './commands/join.ts';
import { limit } from './commands/limit.ts';
import { makeSeries } from './commands/make-series.ts';
import { packFields } from './commands/pack-fields.ts';
import { parseCsv } from './commands/parse-csv.ts';
import { parseJson } from './commands/parse-json.ts';
import { parseKv } from './commands/parse-kv.ts';
import { parseRegexp } from './commands/parse-regexp.ts';
import { projectAway } from './commands/project-away.ts';
import { projectRename } from './commands/project-rename.ts';
import { project } from './commands/project.ts';
import { render } from './commands/render.ts';
import { sample } from './commands/sample.ts';
import { sort } from './commands/sort.ts';
import { stats } from './commands/stats.ts';
import { where } from './commands/where.ts';

/** Every command by name. */
export const COMMANDS: ReadonlyMap<string, CommandSyntax> = new Map(
  [
    where,
    extend,
    project,
    projectAway,
    projectRename,
    parseJson,
    parseRegexp,
    parseCsv,
    parseKv,
    packFields,
    expandValues,
    stats,
    sort,
    limit,
    makeSeries,
    sample,
    render,
    join,
  ].map((one) => [one.name, one as unknown as CommandSyntax]),
);

/** Commands of SLS that exist elsewhere, with what to say about them. */
export const REFUSED_COMMANDS: Readonly<Record<string, string>> = {
  'log-to-metric': 'it belongs to data transformation',
  'metric-to-metric': 'it belongs to data transformation',
  union: 'use a StoreView, or separate queries',
  lookup: 'use join with a dataset',
  dedup: 'use stats with arbitrary() by the fields that make a row unique',
  unnest: 'use expand-values',
  'make-trace': 'it belongs to a vendor product',
  'entity-call': 'it belongs to a vendor product',
  'ml-call': 'it belongs to a vendor product',
  'instance-call': 'it belongs to a vendor product',
};

export function printCommand(command: SplCommand): string {
  return COMMANDS.get(command.k)!.print(command);
}
