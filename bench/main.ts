import { parseArgs } from 'node:util';
import { nearestName } from '../src/core/nearest-name.ts';
import { benchDetect } from './detect.ts';
import { machine, table, type Bench, type BenchOptions } from './harness.ts';
import { benchIngest } from './ingest.ts';
import { benchQuery } from './query.ts';
import { benchSearch } from './search.ts';
import { benchShip, benchShipSpl } from './ship.ts';
import { benchStandardize } from './standardize.ts';
import { benchStart } from './start.ts';

const BENCHES: readonly Bench[] = [
  benchStart,
  benchIngest,
  benchSearch,
  benchQuery,
  benchStandardize,
  benchDetect,
  benchShip,
  benchShipSpl,
];

const USAGE = `npm run bench -- NAME … [--mb RAW_MB] [--seconds N] [--json]

${BENCHES.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`).join('\n')}

  --mb         raw data of the bench; each has its own default
  --seconds    length of phases that run for a time (delay, quiet logstores, an idle server)
  --json       a last line {"bench":…,"figures":{…},"machine":{…}} after each table
`;

interface Asked {
  readonly wanted: readonly Bench[];
  readonly options: BenchOptions;
  readonly json: boolean;
}

/** What the command line asks for; a text: why it cannot be done. Null: help. */
function asked(args: readonly string[]): Asked | string | null {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, mb: { type: 'string' }, seconds: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  const { values, positionals } = parsed;
  if (values.help === true) return null;
  const names = BENCHES.map(({ name }) => name);
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const near = nearestName(unknown, names);
    return `there is no bench ${JSON.stringify(unknown)}${near === null ? '' : `, did you mean ${near}?`}; expected ${names.join(', ')}`;
  }
  if (positionals.length === 0) return `name at least one bench of ${names.join(', ')}`;
  for (const [option, text] of [
    ['--mb', values.mb],
    ['--seconds', values.seconds],
  ])
    if (text !== undefined && !(Number(text) > 0)) return `${option} ${JSON.stringify(text)} is not a number above 0`;
  const number = (text: string | undefined): number | null => (text === undefined ? null : Number(text));
  return {
    wanted: BENCHES.filter(({ name }) => positionals.includes(name)),
    options: { mb: number(values.mb), seconds: number(values.seconds) },
    json: values.json === true,
  };
}

const request = asked(process.argv.slice(2));
if (request === null) process.stdout.write(USAGE);
else if (typeof request === 'string') {
  process.stderr.write(`${request}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  for (const bench of request.wanted) {
    process.stderr.write(`${bench.name}: ${bench.summary} …\n`);
    const { rows, figures } = await bench.run(request.options);
    process.stdout.write(`${table(rows)}\n`);
    if (request.json) process.stdout.write(`${JSON.stringify({ bench: bench.name, figures, machine: machine() })}\n`);
  }
}
