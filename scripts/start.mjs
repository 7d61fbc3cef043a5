// `npm start`: installs what is missing, builds the console when its sources changed, and becomes the server.
import { handOver, install } from './bootstrap.mjs';

install();
const { buildConsole } = await import('./console-build.mjs');
if (!buildConsole()) {
  console.error('The console did not build; see above.');
  process.exit(1);
}
handOver(['src/main.ts', 'server', ...process.argv.slice(2)]);
