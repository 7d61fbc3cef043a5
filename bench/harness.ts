import { readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

/** What a bench answers: rows for people, figures for machines. */
export interface BenchResult {
  readonly rows: readonly BenchRow[];
  readonly figures: Readonly<Record<string, number>>;
}

export interface BenchRow {
  readonly what: string;
  /** With its unit. */
  readonly measured: string;
  /** What is aimed at, or the rival in the same run. */
  readonly beside: string;
}

export interface BenchOptions {
  /** Raw data of the bench in MB; each has its own default. */
  readonly mb: number | null;
  /** Length of each phase that runs for a time, s; null: its own default. */
  readonly seconds: number | null;
}

export interface Bench {
  readonly name: string;
  readonly summary: string;
  run(options: BenchOptions): Promise<BenchResult>;
}

/** Ticks of /proc/<pid>/stat per second: 100 on every Linux that Node runs on. */
const TICKS = 100;

/** CPU seconds of a process so far, user and system, its threads included; 0 once it is gone. */
export function cpuSec(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  } catch {
    // The process has ended: nothing more to count.
    return 0;
  }
}

/** CPU seconds of children of this process that have ended and were waited for. */
export function endedCpuSec(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}

/** Resident memory of a process, MB. */
export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Children of a process. */
export function childrenOf(parent: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        // Ended between the two looks.
        return false;
      }
    });
}

export function machine(): { readonly cores: number; readonly cpu: string; readonly memoryGb: number; readonly node: string } {
  const all = cpus();
  return { cores: all.length, cpu: all[0]?.model ?? '', memoryGb: Math.round(totalmem() / 1e9), node: process.versions.node };
}

export function table(rows: readonly BenchRow[]): string {
  const lines = [{ what: 'what', measured: 'measured', beside: 'aim or rival' }, ...rows];
  const width = (of: (row: BenchRow) => string): number => Math.max(...lines.map((row) => of(row).length));
  const [a, b] = [width((row) => row.what), width((row) => row.measured)];
  return lines.map((row) => `${row.what.padEnd(a)}  ${row.measured.padEnd(b)}  ${row.beside}`.trimEnd()).join('\n');
}

/** The value below which the share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((x, y) => x - y);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function rounded(value: number, digits = 1): number {
  return Number(value.toFixed(digits));
}
