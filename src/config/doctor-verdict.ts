/** What a check of the doctor found. */
export interface Checked {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail' | 'skipped';
  readonly detail: string;
  readonly fix: string;
}

/** The line people read first: how it stands and what to do about the worst. */
export function verdictOf(checks: readonly Checked[]): { readonly verdict: 'ok' | 'warn' | 'fail'; readonly sentence: string } {
  const failed = checks.filter((check) => check.status === 'fail');
  const warned = checks.filter((check) => check.status === 'warn');
  const [worst] = [...failed, ...warned];
  const done = checks.filter((check) => check.status !== 'skipped').length;
  if (worst === undefined) return { verdict: 'ok', sentence: `All ${done} checks passed.` };
  const counts = [
    failed.length === 0 ? '' : `${failed.length} failed`,
    warned.length === 0 ? '' : `${warned.length} ${warned.length === 1 ? 'warning' : 'warnings'}`,
  ].filter((text) => text !== '');
  return {
    verdict: failed.length > 0 ? 'fail' : 'warn',
    sentence: `${counts.join(', ')} of ${done} checks. First: ${worst.name}: ${worst.detail}.${worst.fix === '' ? '' : ` ${worst.fix}`}`,
  };
}
