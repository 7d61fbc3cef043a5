import { ERRORS, type ErrorEntry } from './errors.ts';

/** docs/reference/errors.md. */
export function errorsPage(errors: Readonly<Record<string, ErrorEntry>> = ERRORS): string {
  const lines = [
    '# Errors',
    '',
    'Made by `npm run docs` from `src/core/errors.ts`. Every error Sluice raises on purpose has one of these codes: in the `code` of an',
    '`application/problem+json` answer, in log lines, and on the console. "Again" says whether the same call may succeed later without anyone changing anything.',
    'The SLS wire API has the names and statuses of SLS instead.',
    '',
    '| code | HTTP status | again | |',
    '|---|---|---|---|',
  ];
  for (const [code, { status, retry, help }] of Object.entries(errors))
    lines.push(`| \`${code}\` | ${status} | ${retry ? 'yes' : 'no'} | ${help} |`);
  return `${lines.join('\n')}\n`;
}
