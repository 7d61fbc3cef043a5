import type { SplPipeline, SplProgram } from '../../ast/spl.ts';
import { quoteText } from '../expr/print-expr.ts';
import { printCommand } from './commands.ts';

/** Text of a program; parsing it again gives the same tree. */
export function printSpl(program: SplProgram): string {
  const settings = program.settings.map((one) => `.set "${one.name}" = ${quoteText(one.value)}; `);
  const datasets = program.datasets.map((one) => `.let ${one.name} = ${printPipeline(one.pipeline)}; `);
  return `${settings.join('')}${datasets.join('')}${printPipeline(program.pipeline)}`;
}

function printPipeline(pipeline: SplPipeline): string {
  const source = pipeline.source.k === 'dataset' ? `$${pipeline.source.name}` : pipeline.source.text === '' ? '*' : pipeline.source.text;
  return [source, ...pipeline.commands.map(printCommand)].join(' | ');
}
