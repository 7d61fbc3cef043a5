import { parseArgs } from 'node:util';
import { benchDetect } from './detect.ts';
import { machine, table, type Bench } from './harness.ts';
import { benchIngest } from './ingest.ts';
import { benchSearch } from './search.ts';
import { benchStart } from './start.ts';

const BENCHES: readonly Bench[] = [benchStart, benchIngest, benchSearch, benchDetect];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean' }, mb: { type: 'string' }, help: { type: 'boolean' } },
});
const wanted = BENCHES.filter(({ name }) => positionals.includes(name));
if (values.help === true || wanted.length === 0 || wanted.length < positionals.length) {
  const lines = BENCHES.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`);
  process.stderr.write(`npm run bench -- NAME … [--mb RAW_MB] [--json]\n\n${lines.join('\n')}\n`);
  process.exit(values.help === true ? 0 : 2);
}
for (const bench of wanted) {
  process.stderr.write(`${bench.name}: ${bench.summary} …\n`);
  const { rows, figures } = await bench.run({ mb: values.mb === undefined ? null : Number(values.mb) });
  process.stdout.write(`${table(rows)}\n`);
  if (values.json === true) process.stdout.write(`${JSON.stringify({ bench: bench.name, figures, machine: machine() })}\n`);
}
