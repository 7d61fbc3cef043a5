import { installationChecks, runChecks } from '../../config/doctor.ts';
import { verdictOf } from '../../config/doctor-verdict.ts';
import { loadSettings } from '../../config/load.ts';
import { SluiceError } from '../../core/errors.ts';
import type { CheckBody } from '../../api/rest/contract/operations.ts';
import { EXIT, text, type Command } from '../command.ts';
import { formatOf, formatOption, printable } from '../print.ts';
import { RestClient, withClient } from '../rest-client.ts';

const MARK = { ok: '✓', warn: '!', fail: '✗', skipped: '·' } as const;

/** Checks of the running server; null: none answers, or it does not let us in (then `note` says why). */
async function fromServer(
  invocation: Parameters<Command['run']>[0],
): Promise<{ readonly checks: readonly CheckBody[] | null; readonly running: boolean; readonly note: string }> {
  const { io, ctx } = invocation;
  try {
    await RestClient.anonymous(io).call('version', {}, ctx);
  } catch (thrown) {
    if (thrown instanceof SluiceError && thrown.code === 'source.unreachable') return { checks: null, running: false, note: '' };
    throw thrown;
  }
  try {
    const { checks } = await withClient(io, ctx, (client) => client.call('doctor', {}, ctx));
    return { checks, running: true, note: '' };
  } catch (thrown) {
    if (thrown instanceof SluiceError && (thrown.code.startsWith('request.') || thrown.code === 'source.unreachable'))
      return { checks: null, running: true, note: `the running server was not asked: ${thrown.message}` };
    throw thrown;
  }
}

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'Checks this installation: settings, data, ports, space, parts; says what to do',
  usage: '',
  positionals: [0, 0],
  options: { ...formatOption, config: { type: 'string', value: 'FILE', help: 'settings file; SLUICE_CONFIG, else sluice.yaml' } },
  notes: ['Ends with 0 when nothing failed.'],
  async run(invocation) {
    const { io, ctx, values } = invocation;
    const file = text(values, 'config');
    const checks: CheckBody[] = [];
    const server = await fromServer(invocation);
    try {
      const { settings, file: read } = loadSettings({ env: io.env, ...(file === undefined ? {} : { file }) });
      checks.push({
        name: 'settings',
        status: 'ok',
        detail: read === null ? 'no file; defaults and environment' : `read ${read}`,
        fix: '',
        elapsedMs: 0,
      });
      checks.push(...(await runChecks(installationChecks(settings, server.running), ctx)));
    } catch (thrown) {
      if (!(thrown instanceof SluiceError) || !thrown.code.startsWith('config.')) throw thrown;
      checks.push({
        name: 'settings',
        status: 'fail',
        detail: thrown.message,
        fix: 'Correct them; docs/reference/settings.md lists all.',
        elapsedMs: 0,
      });
    }
    if (server.checks !== null) {
      // The server looked at the same machine with more rights: its word counts.
      const known = new Set(server.checks.map((check) => check.name));
      checks.splice(0, checks.length, ...checks.filter((check) => !known.has(check.name)), ...server.checks);
    } else
      checks.push({
        name: 'server',
        status: server.running ? 'warn' : 'skipped',
        detail: server.running ? server.note : `none answers at ${RestClient.anonymous(io).url}`,
        fix: server.running ? 'Set SLUICE_TOKEN.' : '',
        elapsedMs: 0,
      });

    const { verdict, sentence } = verdictOf(checks);
    if (formatOf(invocation) !== 'table') {
      for (const check of checks) await io.out(`${JSON.stringify(check)}\n`);
    } else {
      const width = Math.max(...checks.map((check) => check.name.length));
      await io.out(
        `${verdict === 'ok' ? 'Healthy' : verdict === 'warn' ? 'Works, with warnings' : 'Needs attention'}. ${printable(sentence)}\n\n`,
      );
      for (const check of checks) {
        await io.out(
          `${MARK[check.status]} ${check.name.padEnd(width)}  ${check.detail
            .split('\n')
            .map(printable)
            .join(`\n${' '.repeat(width + 4)}`)}\n`,
        );
        if (check.fix !== '') await io.out(`${' '.repeat(width + 4)}→ ${printable(check.fix)}\n`);
      }
    }
    return verdict === 'fail' ? EXIT.failed : EXIT.ok;
  },
};
