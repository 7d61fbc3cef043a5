import { spawnSync } from 'node:child_process';
import { RunningServer } from '../test/system/running-server.ts';
import { childrenOf, cpuSec, residentMb, rounded, type Bench } from './harness.ts';

/** Length of the look at a server without traffic, s. */
const IDLE_SEC = 20;

/** Start to ready, and what a server without traffic costs. */
export const benchStart: Bench = {
  name: 'start',
  summary: 'cold and warm start to ready, memory and CPU of an idle server',
  async run({ seconds }) {
    const idleSec = seconds ?? IDLE_SEC;
    const coldBegun = performance.now();
    const server = await RunningServer.start();
    try {
      const coldMs = performance.now() - coldBegun;
      await server.kill('SIGTERM');
      const warm: number[] = [];
      for (let round = 0; round < 3; round++) {
        warm.push(await server.start());
        if (round < 2) await server.kill('SIGTERM');
      }
      const bareBegun = performance.now();
      spawnSync(process.execPath, ['-e', '0']);
      const bareMs = performance.now() - bareBegun;
      const pids = [server.pid, ...childrenOf(server.pid)];
      // What was to be done after the start is done.
      await server.ctx.clock.sleep(5000, server.ctx.signal);
      const before = pids.map(cpuSec);
      await server.ctx.clock.sleep(idleSec * 1000, server.ctx.signal);
      const idle = pids.map((pid, index) => ((cpuSec(pid) - before[index]!) / idleSec) * 100);
      const memory = pids.map(residentMb);
      const warmMs = Math.min(...warm);
      const memoryMb = memory.reduce((sum, mb) => sum + mb, 0);
      const idlePercent = idle.reduce((sum, share) => sum + share, 0);
      return {
        rows: [
          {
            what: 'cold start (new data directory) to ready',
            measured: `${Math.round(coldMs)} ms`,
            beside: `${Math.round(coldMs / bareMs)} times an empty Node process`,
          },
          {
            what: 'warm start to ready, best of three',
            measured: `${Math.round(warmMs)} ms`,
            beside: `aim 3000 ms; ${Math.round(warmMs / bareMs)} times an empty Node process`,
          },
          {
            what: 'memory, server and engine',
            measured: `${Math.round(memory[0] ?? 0)} + ${Math.round(memoryMb - (memory[0] ?? 0))} MB`,
            beside: 'aim 700 MB in all',
          },
          {
            what: 'CPU without traffic, of one core',
            measured: `${rounded(idle[0] ?? 0)} + ${rounded(idlePercent - (idle[0] ?? 0))} %`,
            beside: '',
          },
        ],
        figures: {
          coldMs: rounded(coldMs),
          warmMs: rounded(warmMs),
          bareMs: rounded(bareMs),
          memoryMb: rounded(memoryMb),
          idleCpuPercent: rounded(idlePercent),
        },
      };
    } finally {
      await server.stop();
    }
  },
};
