import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { QueryAnswerBody } from '../../api/rest/contract/search.ts';
import { EXIT, isOn, logstorePath, text, UsageError, whole, type Command, type Invocation } from '../command.ts';
import { csvCell, formatOf, formatOption, tableText, type Format } from '../print.ts';
import { Progress } from '../progress.ts';
import { withClient, type RestClient } from '../rest-client.ts';
import { durationSec, instantOf, sizeText } from '../when.ts';

/** Rows of one call when everything is wanted. */
const PAGE = 5000;

type Row = readonly (string | null)[];

/** Writes rows as they come: columns of a later page may be others than those of the first (logs of a search have the keys they have). */
class RowWriter {
  readonly #format: Format;
  readonly #columns: number;
  readonly #write: (text: string) => Promise<void>;
  #head: string | null = null;

  constructor(format: Format, columns: number, write: (text: string) => Promise<void>) {
    this.#format = format;
    this.#columns = columns;
    this.#write = write;
  }

  async rows(columns: QueryAnswerBody['columns'], rows: readonly Row[]): Promise<void> {
    const names = columns.map((column) => column.name);
    if (this.#format === 'ndjson') {
      for (const row of rows)
        await this.#write(
          `${JSON.stringify(Object.fromEntries(names.flatMap((name, i) => (row[i] === null || row[i] === undefined ? [] : [[name, row[i]]]))))}\n`,
        );
      return;
    }
    if (this.#format === 'csv') {
      const head = `${names.map(csvCell).join(',')}\r\n`;
      if (this.#head !== head) await this.#write(head);
      this.#head = head;
      for (const row of rows) await this.#write(`${row.map(csvCell).join(',')}\r\n`);
      return;
    }
    const numbers = new Set(['bigint', 'double']);
    await this.#write(
      tableText(
        rows,
        columns.map((column, i) => ({
          head: column.name,
          name: column.name,
          of: (row: Row) => row[i] ?? null,
          ...(numbers.has(column.type) ? { right: true as const } : {}),
        })),
        this.#columns,
      ),
    );
  }
}

interface Wanted {
  readonly params: { readonly project: string; readonly logstore: string };
  readonly query: string;
  readonly from: string;
  readonly to: string;
  readonly scan: boolean;
  readonly reverse: boolean;
  /** Rows in all; Infinity: everything. */
  readonly limit: number;
}

/** Answers the rows written. */
async function run(
  client: RestClient,
  wanted: Wanted,
  writer: RowWriter,
  invocation: Invocation,
): Promise<{ rows: number; complete: boolean }> {
  const { io, ctx } = invocation;
  const progress = new Progress(io, ctx.clock);
  const { params, query, from, to, scan, reverse, limit } = wanted;
  const total =
    limit > PAGE ? (await client.call('histogram', { params, body: { query: query.split('|')[0] ?? '*', from, to } }, ctx)).total : 0;
  let rows = 0;
  let complete = true;
  for (;;) {
    const size = Math.min(PAGE, limit - rows);
    const answer = await client.call('query', { params, body: { query, from, to, limit: size, offset: rows, reverse, scan } }, ctx);
    if (rows === 0)
      for (const { message } of answer.diagnostics) {
        progress.clear();
        io.err(`note: ${message}\n`);
      }
    progress.clear();
    await writer.rows(answer.columns, answer.rows);
    rows += answer.rows.length;
    complete &&= answer.progress === 'complete';
    progress.show(`${rows.toLocaleString('en-US')} rows`, total === 0 ? null : rows / total);
    if (!complete) io.err(`incomplete (${answer.incompleteReason}): counts are at least, rows are some\n`);
    if (answer.hasSql || answer.rows.length < size || rows >= limit) {
      progress.clear();
      if (io.errIsTty && limit <= PAGE)
        io.err(
          `${rows.toLocaleString('en-US')} rows; read ${answer.processedRows.toLocaleString('en-US')} logs, ${sizeText(answer.processedBytes)}, in ${Math.round(answer.elapsedMs)} ms\n`,
        );
      return { rows, complete };
    }
  }
}

export const queryCommand: Command = {
  name: 'query',
  summary: 'Search, SQL or SPL over a logstore; also exports everything that matches',
  usage: 'PROJECT/LOGSTORE [QUERY]',
  positionals: [1, 2],
  options: {
    ...formatOption,
    from: { type: 'string', value: 'TIME', help: 'log time at or after; -15m' },
    to: { type: 'string', value: 'TIME', help: 'log time before; now' },
    last: { type: 'string', value: 'SPAN', help: 'the last 15m, 2h, 7d … instead of --from and --to' },
    limit: { type: 'string', short: 'n', value: 'N', help: 'rows of a search; 100' },
    all: { type: 'boolean', help: 'every row that matches, oldest first' },
    out: { type: 'string', short: 'o', value: 'FILE', help: 'writes to a file and tells its rows and SHA-256' },
    'oldest-first': { type: 'boolean', help: 'a search answers the newest first otherwise' },
    scan: { type: 'boolean', help: 'fields without an index may be used; slower' },
    explain: { type: 'boolean', help: 'prints the statement that ran on the engine' },
  },
  notes: [
    "sluice query secure/waf 'status >= 400 | select real_client_ip, count(*) as n group by real_client_ip order by n desc' --last 1h",
    'sluice query secure/waf --all --from 2024-09-10 --to 2024-09-11 --out waf.ndjson',
  ],
  async run(invocation) {
    const { io, ctx, positionals, values } = invocation;
    const params = logstorePath(positionals[0]);
    const now = ctx.clock.nowMs();
    const last = text(values, 'last');
    if (last !== undefined && (text(values, 'from') ?? text(values, 'to')) !== undefined)
      throw new UsageError('--last excludes --from and --to');
    const all = isOn(values, 'all');
    const wanted: Wanted = {
      params,
      query: positionals[1] ?? '*',
      from:
        last === undefined
          ? instantOf(text(values, 'from') ?? '-15m', now, '--from')
          : new Date(now - durationSec(last, '--last') * 1000).toISOString(),
      to: instantOf(text(values, 'to') ?? 'now', now, '--to'),
      scan: isOn(values, 'scan'),
      // Rows that arrive while an export runs must not shift the pages.
      reverse: !all && !isOn(values, 'oldest-first'),
      limit: all ? Infinity : whole(values, 'limit', 100),
    };
    const target = text(values, 'out');
    const format =
      target !== undefined && text(values, 'format') === undefined ? (target.endsWith('.csv') ? 'csv' : 'ndjson') : formatOf(invocation);
    if (all && format === 'table') throw new UsageError('--all needs --format ndjson or csv, or --out FILE');
    return await withClient(io, ctx, async (client) => {
      if (isOn(values, 'explain')) {
        const { sql } = await client.call('query', { params, body: { ...pick(wanted), limit: 0 } }, ctx);
        await io.out(`${sql}\n`);
        return EXIT.ok;
      }
      if (target === undefined) {
        const { complete } = await run(client, wanted, new RowWriter(format, io.columns, io.out), invocation);
        return complete ? EXIT.ok : EXIT.failed;
      }
      const file = await open(target, 'w');
      const hash = createHash('sha256');
      try {
        const writer = new RowWriter(format, io.columns, async (chunk) => {
          hash.update(chunk);
          await file.write(chunk);
        });
        const { rows, complete } = await run(client, wanted, writer, invocation);
        await file.sync();
        await io.out(`${JSON.stringify({ file: target, rows, sha256: hash.digest('hex'), complete })}\n`);
        return complete ? EXIT.ok : EXIT.failed;
      } finally {
        await file.close();
      }
    });
  },
};

const pick = ({ query, from, to, scan }: Wanted): Pick<Wanted, 'query' | 'from' | 'to' | 'scan'> => ({ query, from, to, scan });
