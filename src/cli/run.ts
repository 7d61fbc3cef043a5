import { parseArgs } from 'node:util';
import { asSluiceError, SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import { nearestName } from '../core/nearest-name.ts';
import { EXIT, UsageError, type Command, type Io, type OptionSpec } from './command.ts';
import { COMMANDS } from './commands.ts';

function optionLine(name: string, option: OptionSpec): readonly [string, string] {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  return [`  ${short}--${name}${option.value === undefined ? '' : ` ${option.value}`}`, option.help];
}

function columns(lines: readonly (readonly [string, string])[]): string {
  const width = Math.max(...lines.map(([left]) => left.length)) + 2;
  return lines.map(([left, right]) => `${left.padEnd(width)}${right}\n`).join('');
}

export function helpOf(command: Command): string {
  const options = [
    ...Object.entries(command.options).map(([name, option]) => optionLine(name, option)),
    optionLine('help', { type: 'boolean', short: 'h', help: 'this help' }),
  ];
  const notes = command.notes.length === 0 ? '' : `\n${command.notes.map((note) => `  ${note}\n`).join('')}`;
  return `${command.summary}.\n\nsluice ${command.name}${command.usage === '' ? '' : ` ${command.usage}`} [options]\n\n${columns(options)}${notes}`;
}

export async function help(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()));
  return (
    'Sluice: multi-cloud security logs, searched, standardized, detected on and shipped.\n\nsluice COMMAND [options]; sluice COMMAND --help\n\n' +
    columns(commands.map((command) => [`  ${command.name}`, command.summary] as const)) +
    '\nThe server is found by SLUICE_URL (http://127.0.0.1:7800) and SLUICE_TOKEN, or by the files of SLUICE_DATA_DIR (./data) on the same machine.\n' +
    'Exit codes: 0 done, 1 failed, 2 wrong command, 3 server not reachable or not signed in, 130 interrupted.\n'
  );
}

/** Options, with what people most likely meant when one is unknown. @throws UsageError */
function parse(
  command: Command,
  args: readonly string[],
): { readonly values: Record<string, string | boolean | (string | boolean)[] | undefined>; readonly positionals: readonly string[] } {
  const specs = { ...command.options, help: { type: 'boolean', short: 'h', help: '' } satisfies OptionSpec };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { type, short, multiple }]: [string, OptionSpec]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple === undefined ? {} : { multiple }) },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const unknown = /Unknown option '--?([^']+)'/.exec(message)?.[1];
    if (unknown === undefined) throw new UsageError(message);
    const near = nearestName(unknown, Object.keys(options));
    throw new UsageError(`sluice ${command.name} has no option --${unknown}${near === null ? '' : `; did you mean --${near}?`}`);
  }
}

const UNREACHABLE = new Set(['source.unreachable', 'request.unauthenticated', 'source.auth']);

/** Runs one command line; answers the exit code. Never throws. */
export async function runCommand(args: readonly string[], io: Io, ctx: RunContext): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    await io.out(await help());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  try {
    const wanted = name === '--version' ? 'version' : name;
    const load = Object.hasOwn(COMMANDS, wanted) ? COMMANDS[wanted] : undefined;
    if (load === undefined) {
      const near = nearestName(name, Object.keys(COMMANDS));
      throw new UsageError(`sluice has no command ${name}${near === null ? '; sluice help lists them' : `; did you mean ${near}?`}`);
    }
    const command = await load();
    const { values, positionals } = parse(command, rest);
    if (values['help'] === true) {
      await io.out(helpOf(command));
      return EXIT.ok;
    }
    const [fewest, most] = command.positionals;
    if (positionals.length < fewest || positionals.length > most)
      throw new UsageError(`expected sluice ${command.name} ${command.usage}; sluice ${command.name} --help says more`);
    return await command.run({ values, positionals, io, ctx });
  } catch (thrown) {
    if (thrown instanceof UsageError) {
      io.err(`sluice: ${thrown.message}\n`);
      return EXIT.usage;
    }
    // The reader of a pipe has seen enough (`| head`): that is no failure.
    if ((thrown as NodeJS.ErrnoException).code === 'EPIPE') return EXIT.ok;
    if (ctx.signal.aborted) return EXIT.interrupted;
    const error = asSluiceError(thrown);
    const file =
      (thrown as NodeJS.ErrnoException).code === undefined || thrown instanceof SluiceError
        ? ''
        : ` (${(thrown as NodeJS.ErrnoException).code ?? ''})`;
    io.err(`sluice: ${error.message}${file}\n`);
    if (error.code === 'internal.unexpected' && file === '' && thrown instanceof Error && thrown.stack !== undefined)
      io.err(`${thrown.stack}\n`);
    return UNREACHABLE.has(error.code) ? EXIT.unreachable : error.code.startsWith('config.') ? EXIT.usage : EXIT.failed;
  }
}
