import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { SluiceError } from '../core/errors.ts';
import type { DemoLog } from './demo-log.ts';
import { shiftTimes } from './shift-times.ts';

const FILE = new URL('../../content/demo/campaign.jsonl', import.meta.url);

const text = z.record(z.string(), z.string());

const lineSchema = z.strictObject({
  /** Seconds since the campaign began. */
  at: z.number().int().min(0),
  /** Name of the step, the same for all logs of one. */
  step: z.string(),
  /** ATT&CK ids: what the log shows. */
  tactic: z.string().regex(/^TA\d{4}$/),
  technique: z.string().regex(/^T\d{4}(\.\d{3})?$/),
  project: z.string(),
  logstore: z.string(),
  topic: z.string(),
  source: z.string(),
  tags: text,
  /** Unix seconds that the log is about as it stands in the file. */
  base: z.number().int(),
  fields: text,
});

/** One log of the attack, labelled with what it shows. */
export type CampaignLine = z.infer<typeof lineSchema>;

/**
 * The attack of the demonstration, in its order: an invented intruder (203.0.113.66, with .67 and a scanner .9; control server 198.51.100.23) goes for the same company in
 * four clouds, gets in where a WAF rule only watched, and ends with the data. Addresses and names are of the documentation ranges.
 */
export async function readCampaign(): Promise<readonly CampaignLine[]> {
  const lines = (await readFile(FILE, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, index) => {
    const parsed = lineSchema.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new SluiceError('config.invalid', `line ${index + 1} of the demo campaign is invalid: ${problems.join('; ')}`, { problems });
  });
}

/** Seconds from the campaign's first log to its last. */
export function campaignSec(lines: readonly CampaignLine[]): number {
  return Math.max(0, ...lines.map((line) => line.at));
}

/** The campaign as if it had begun at `beginSec` (Unix s): each log's times, also those within nested texts, moved together. */
export function campaignLogs(lines: readonly CampaignLine[], beginSec: number): readonly DemoLog[] {
  return lines.map((line) => {
    const timeSec = beginSec + line.at;
    const delta = timeSec - line.base;
    const moved = (fields: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, shiftTimes(value, delta)]));
    return {
      timeSec,
      project: line.project,
      logstore: line.logstore,
      topic: line.topic,
      source: line.source,
      tags: moved(line.tags),
      fields: moved(line.fields),
    };
  });
}
