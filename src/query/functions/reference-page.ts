import { COMMANDS, REFUSED_COMMANDS } from '../syntax/spl/commands.ts';
import type { FunctionEntry } from './define.ts';
import { FUNCTIONS } from './table.ts';

const STATE: Readonly<Record<FunctionEntry['state'], string>> = { same: '', differs: 'differs', refused: 'refused' };
const LANGUAGES: Readonly<Record<FunctionEntry['languages'], string>> = { Q: 'SQL', S: 'SPL', QS: 'SQL, SPL' };

/** docs/reference/query-functions.md: every function and command of the query languages, from the tables that implement them. */
export function functionReference(): string {
  const escape = (text: string): string => text.replaceAll('|', '\\|');
  const lines = [
    '# Functions and commands of queries',
    '',
    'Printed from `src/query/functions` and `src/query/syntax/spl/commands`. `T`, `U`, `K`, `V` stand for any type, `int` for any whole number, `...` for a',
    'parameter that may repeat, `?` for a result that can be NULL although no argument is. *differs*: not in everything what SLS or Presto answers;',
    '*refused*: known, and answered with an error that says why.',
    '',
  ];
  for (const topic of new Set(FUNCTIONS.map((one) => one.topic))) {
    lines.push(`## ${topic}`, '', '| function | meaning | languages | |', '|---|---|---|---|');
    for (const one of FUNCTIONS.filter((entry) => entry.topic === topic)) {
      const signatures =
        one.overloads.length === 0 ? `\`${one.name}\`` : one.overloads.map((overload) => `\`${escape(overload.text)}\``).join('<br>');
      lines.push(`| ${signatures} | ${escape(one.doc)} | ${LANGUAGES[one.languages]} | ${STATE[one.state]} |`);
    }
    lines.push('');
  }
  lines.push('## Commands of SPL', '', '| command | usage |', '|---|---|');
  for (const command of COMMANDS.values()) lines.push(`| ${command.name} | \`${escape(command.usage)}\` |`);
  for (const [name, reason] of Object.entries(REFUSED_COMMANDS)) lines.push(`| ${name} | refused: ${escape(reason)} |`);
  return `${lines.join('\n')}\n`;
}
