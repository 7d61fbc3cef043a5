import { systemClock } from '../core/clock.ts';
import { countBuffersAsHeap } from '../core/collector.ts';
import { quietContext } from '../core/context.ts';
import { EXIT, type Io } from './command.ts';
import { runCommand } from './run.ts';

countBuffersAsHeap();

/** Narrow enough for every terminal that does not say. */
const DEFAULT_COLUMNS = 120;

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(error);
    });
  });
}

const interrupted = new AbortController();
let signals = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    signals++;
    // The second time somebody means it.
    if (signals > 1) process.exit(EXIT.interrupted);
    interrupted.abort();
  });
// Each write is told of its own failure; without a listener the stream would end the process first.
process.stdout.on('error', () => undefined);

const io: Io = {
  env: process.env,
  stdin: process.stdin,
  out: (text) => write(process.stdout, text),
  err: (text) => void process.stderr.write(text),
  outIsTty: process.stdout.isTTY === true,
  errIsTty: process.stderr.isTTY === true,
  columns: process.stdout.columns ?? DEFAULT_COLUMNS,
};
process.exitCode = await runCommand(process.argv.slice(2), io, quietContext(systemClock, interrupted.signal));
