import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Load {
  readonly rawMb: number;
  readonly logs: number;
  readonly seconds: number;
}

/** Runs the load generator in a process of its own. `mbPerSec` 0: as fast as it goes. */
export async function load(
  endpoint: string,
  project: string,
  logstore: string,
  mb: number,
  connections: number,
  mbPerSec = 0,
): Promise<Load> {
  const program = fileURLToPath(new URL('load.ts', import.meta.url));
  const child = spawn(process.execPath, [program, endpoint, project, logstore, String(mb), String(connections), String(mbPerSec)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the load generator ended with ${code}`);
  return JSON.parse(text) as Load;
}
