import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Logger, Metrics } from '../core/context.ts';
import { SIGNALS, type Signal } from './signals.ts';

type Labels = Readonly<Record<string, string>>;

/** Counts into a Prometheus registry what `SIGNALS` declares, and writes the log line where a signal has one. */
export class DeclaredMetrics implements Metrics {
  readonly registry = new Registry();
  readonly #signals: Readonly<Record<string, Signal>>;
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();
  readonly #log: Logger;
  readonly #told = new Set<string>();

  /** @param processMetrics also memory, CPU, event loop and garbage collection of this process */
  constructor(log: Logger, options: { readonly processMetrics: boolean; readonly signals?: Readonly<Record<string, Signal>> }) {
    this.#log = log;
    this.#signals = options.signals ?? SIGNALS;
    for (const [name, signal] of Object.entries(this.#signals)) {
      const settings = { name, help: signal.help, labelNames: [...signal.labels], registers: [this.registry] };
      if (signal.kind === 'counter') this.#counters.set(name, new Counter(settings));
      else if (signal.kind === 'gauge') this.#gauges.set(name, new Gauge(settings));
      else
        this.#histograms.set(
          name,
          new Histogram({ ...settings, ...(signal.buckets === undefined ? {} : { buckets: [...signal.buckets] }) }),
        );
    }
    if (options.processMetrics) collectDefaultMetrics({ register: this.registry });
  }

  count(name: string, labels: Labels, by = 1): void {
    const counter = this.#counters.get(name);
    if (counter === undefined || !this.#declared(name, labels)) return this.#undeclared(name, labels);
    counter.inc(labels, by);
    const log = this.#signals[name]?.log;
    if (log !== undefined) this.#log[log.level]({ ...labels, count: by }, log.message);
  }

  gauge(name: string, labels: Labels, value: number): void {
    const gauge = this.#gauges.get(name);
    if (gauge === undefined || !this.#declared(name, labels)) return this.#undeclared(name, labels);
    gauge.set(labels, value);
  }

  observe(name: string, labels: Labels, value: number): void {
    const histogram = this.#histograms.get(name);
    if (histogram === undefined || !this.#declared(name, labels)) return this.#undeclared(name, labels);
    histogram.observe(labels, value);
  }

  /** The text of `GET /metrics`. */
  async text(): Promise<{ readonly type: string; readonly body: string }> {
    return { type: this.registry.contentType, body: await this.registry.metrics() };
  }

  #declared(name: string, labels: Labels): boolean {
    const declared = this.#signals[name]?.labels ?? [];
    const given = Object.keys(labels);
    return given.length === declared.length && given.every((label) => declared.includes(label));
  }

  /** Counting must never break what it counts: a wrong name is told once and counted itself. */
  #undeclared(name: string, labels: Labels): void {
    this.#counters.get('sluice_telemetry_undeclared_total')?.inc();
    if (this.#told.has(name)) return;
    this.#told.add(name);
    this.#log.error({ metric: name, labels: Object.keys(labels) }, 'a metric is not declared in telemetry/signals.ts');
  }
}
