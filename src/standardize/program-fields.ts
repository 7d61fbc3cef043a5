import type { SplProgram } from '../query/ast/spl.ts';

/**
 * The fields that a program names itself: by extend, project, project-rename, `as`. Only these become columns of an event: what a log or a parsed text happens to contain
 * never does, or whoever writes a log could write `actor.user.name` into its event.
 */
export function namedFields(program: SplProgram): ReadonlySet<string> {
  const names = new Set<string>();
  for (const pipeline of [program.pipeline, ...program.datasets.map((one) => one.pipeline)]) {
    for (const command of pipeline.commands) {
      switch (command.k) {
        case 'extend':
        case 'project':
        case 'project-rename':
          for (const item of command.items) names.add(item.name.name);
          break;
        case 'parse-regexp':
        case 'parse-csv':
          for (const name of command.names) names.add(name.name);
          break;
        case 'pack-fields':
          names.add(command.as.name);
          break;
        case 'expand-values':
          if (command.as !== null) names.add(command.as.name);
          break;
        default:
      }
    }
  }
  return names;
}
