import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Logger } from '../core/context.ts';
import { SluiceError } from '../core/errors.ts';
import { createLogger, redacted } from './logger.ts';
import { DeclaredMetrics } from './metrics.ts';
import { metricsPage, SIGNALS, type Signal } from './signals.ts';

function collecting(): { readonly log: Logger; readonly lines: () => Record<string, unknown>[] } {
  const texts: string[] = [];
  const log = createLogger('debug', { write: (text: string) => void texts.push(text) });
  return { log, lines: () => texts.map((text) => JSON.parse(text) as Record<string, unknown>) };
}

describe('createLogger', () => {
  it('writes one JSON line with level, time, message and facts, and children keep theirs', () => {
    const { log, lines } = collecting();
    log.child({ job: 'step:index' }).info({ rows: 7 }, 'flushed');
    const [line] = lines();
    expect(line).toMatchObject({ level: 'info', msg: 'flushed', rows: 7, job: 'step:index' });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('keeps secrets out at any depth, whatever they are called', () => {
    const names = fc.constantFrom(
      'password',
      'rootAkSecret',
      'x-acs-security-token',
      'Authorization',
      'master_key',
      'Set-Cookie',
      'signature',
    );
    fc.assert(
      fc.property(names, fc.array(fc.constantFrom('a', 'b', 'list'), { maxLength: 3 }), (name, path) => {
        const { log, lines } = collecting();
        let facts: Record<string, unknown> = { [name]: 'hunter2-hunter2' };
        for (const key of path) facts = { [key]: key === 'list' ? [facts] : facts };
        log.warn(facts, 'x');
        log.error({ error: new SluiceError('source.auth', 'refused', facts, { cause: new Error('inner') }) }, 'x');
        log.child(facts).info({}, 'x');
        expect(JSON.stringify(lines())).not.toContain('hunter2');
        expect(lines()).toHaveLength(3);
      }),
    );
  });

  it('writes errors with code, details and cause, bigints as text, bytes as their size, and ends at cycles', () => {
    const loop: Record<string, unknown> = { at: 1n, bytes: new Uint8Array(3) };
    loop['self'] = loop;
    const { log, lines } = collecting();
    log.error({ loop, error: new SluiceError('store.query', 'no', { limit: 2 }, { cause: new Error('why') }) }, 'failed');
    expect(lines()[0]).toMatchObject({
      loop: { at: '1', bytes: '3 bytes' },
      error: { code: 'store.query', message: 'no', details: { limit: 2 }, cause: { message: 'why' } },
    });
    expect(redacted({ tokens: 3, secretSet: true })).toEqual({ tokens: 3, secretSet: true });
  });
});

describe('DeclaredMetrics', () => {
  it('counts, sets and observes under declared names, and logs where the signal says so', async () => {
    const { log, lines } = collecting();
    const metrics = new DeclaredMetrics(log, { processMetrics: false });
    metrics.count('sluice_ingest_logs_total', { way: 'sls' }, 5);
    metrics.count('sluice_ingest_logs_total', { way: 'sls' });
    metrics.gauge('sluice_stream_bytes', {}, 42);
    metrics.observe('sluice_stream_append_seconds', {}, 0.004);
    metrics.count('sluice_step_failures_total', { step: 'index', code: 'store.full' });
    const { body } = await metrics.text();
    expect(body).toContain('sluice_ingest_logs_total{way="sls"} 6');
    expect(body).toContain('sluice_stream_bytes 42');
    expect(body).toContain('sluice_stream_append_seconds_bucket{le="0.005"} 1');
    expect(body).toContain('sluice_stream_append_seconds_bucket{le="0.0025"} 0');
    expect(lines()).toMatchObject([{ level: 'warn', step: 'index', code: 'store.full', msg: 'a step could not process a range' }]);
  });

  it('never throws on a wrong name or label: tells it once and counts it', async () => {
    const { log, lines } = collecting();
    const metrics = new DeclaredMetrics(log, { processMetrics: false });
    metrics.count('sluice_nothing_total', {});
    metrics.count('sluice_nothing_total', {});
    metrics.gauge('sluice_ingest_logs_total', { way: 'sls' }, 1);
    metrics.count('sluice_ingest_rejected_logs_total', { way: 'sls' });
    expect(lines()).toHaveLength(3);
    expect((await metrics.text()).body).toContain('sluice_telemetry_undeclared_total 4');
  });
});

describe('SIGNALS', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.includes('.test.') && !path.startsWith('telemetry'),
  );

  it('declares every name the sources count under, with the right kind', () => {
    const wrong: string[] = [];
    for (const path of sources)
      for (const [, call, name] of readFileSync(join('src', path), 'utf8').matchAll(
        /\bmetrics\s*\.\s*(count|gauge|observe)\(\s*'([^']+)'/g,
      )) {
        const signal = (SIGNALS as Readonly<Record<string, Signal>>)[name ?? ''];
        const kind = { count: 'counter', gauge: 'gauge', observe: 'histogram' }[call ?? ''];
        if (signal?.kind !== kind) wrong.push(`${path}: ${call} ${name}`);
      }
    expect(wrong).toEqual([]);
  });

  it('names follow sluice_<part>_<noun>_<unit>[_total] and the page lists each', () => {
    const page = metricsPage();
    for (const [name, signal] of Object.entries(SIGNALS) as [string, Signal][]) {
      expect(name).toMatch(/^sluice_[a-z]+_[a-z_]+$/);
      expect(name.endsWith('_total')).toBe(signal.kind === 'counter');
      if (signal.unit === 's') expect(name).toContain('_seconds');
      if (signal.unit === 'bytes') expect(name).toContain('_bytes');
      expect(page).toContain(`| \`${name}\` |`);
    }
  });
});
