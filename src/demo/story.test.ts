import { describe, expect, test } from 'vitest';
import { parseIndex } from '../control/index-config.ts';
import { decodeGroup } from '../core/group-reader.ts';
import { campaignLogs, campaignSec, readCampaign } from './campaign.ts';
import { DEMO_LOGSTORES, DEMO_PROJECTS } from './logstores.ts';
import { shiftTimes } from './shift-times.ts';
import type { DemoGroup } from './demo-log.ts';
import { demoStory, type StoryOptions } from './story.ts';

const NOW = Date.UTC(2026, 4, 6, 7, 8, 9);

async function all(options: StoryOptions): Promise<readonly DemoGroup[]> {
  const groups: DemoGroup[] = [];
  for await (const group of demoStory(options)) groups.push(group);
  return groups;
}

describe('moving times', () => {
  test.each([
    ['1725961920', '1725965520'],
    ['1725961920000', '1725965520000'],
    ['1725961920123456', '1725965520123456'],
    ['1725961923.101', '1725965523.101'],
    ['2024-09-10T09:52:00Z', '2024-09-10T10:52:00Z'],
    ['2024-09-10T09:52:45.1234567Z', '2024-09-10T10:52:45.1234567Z'],
    ['2024-09-10T17:52:00+08:00', '2024-09-10T18:52:00+08:00'],
    ['2024-09-10 17:52:00', '2024-09-10 18:52:00'],
    ['10/Sep/2024:17:52:00', '10/Sep/2024:18:52:00'],
    ['10/Sep/2024:09:52:05 +0000', '10/Sep/2024:10:52:05 +0000'],
    ['{"a":"{\\"t\\":1725961920000}","b":"2024-09-10 23:30:00"}', '{"a":"{\\"t\\":1725965520000}","b":"2024-09-11 00:30:00"}'],
    ['LTAI5tEXAMPLE0000000001', 'LTAI5tEXAMPLE0000000001'],
    ['200000000000000012-1725000000', '200000000000000012-1725000000'],
  ])('%s by an hour', (before, after) => {
    expect(shiftTimes(before, 3600)).toBe(after);
  });
});

describe('the campaign', () => {
  test('covers four clouds, in order, each log labelled', async () => {
    const lines = await readCampaign();
    expect(new Set(lines.map((line) => line.project))).toEqual(new Set(DEMO_PROJECTS.map((project) => project.name)));
    expect(lines.map((line) => line.at)).toEqual(lines.map((line) => line.at).sort((a, b) => a - b));
    const known = new Set(DEMO_LOGSTORES.map((one) => `${one.project}/${one.logstore}`));
    for (const line of lines) expect(known).toContain(`${line.project}/${line.logstore}`);
    expect(new Set(lines.map((line) => line.tactic)).size).toBeGreaterThanOrEqual(10);
  });

  test('leaves no time of the samples behind', async () => {
    const lines = await readCampaign();
    const begin = Math.floor(NOW / 1000) - 3000;
    const logs = campaignLogs(lines, begin);
    for (const log of logs) {
      expect(JSON.stringify(log)).not.toMatch(/2024-09-10|\/2024:|17259[56]\d{4}/);
      expect(log.timeSec).toBeGreaterThanOrEqual(begin);
      expect(log.timeSec).toBeLessThanOrEqual(begin + campaignSec(lines));
    }
  });
});

describe('the story', () => {
  test('is an hour of logs that ends now, the same for the same seed', async () => {
    const [first, second, other] = await Promise.all([
      all({ nowMs: NOW, seed: 1, background: 4000 }),
      all({ nowMs: NOW, seed: 1, background: 4000 }),
      all({ nowMs: NOW, seed: 2, background: 4000 }),
    ]);
    expect(first.map((one) => one.group.bytes)).toEqual(second.map((one) => one.group.bytes));
    expect(first.map((one) => one.group.bytes)).not.toEqual(other.map((one) => one.group.bytes));
    const lines = await readCampaign();
    expect(first.reduce((sum, one) => sum + one.group.logs, 0)).toBe(4000 + lines.length);
    const perStore = new Map<string, number>();
    for (const one of first) {
      const group = decodeGroup(one.group.bytes);
      expect(group.logs).toHaveLength(one.group.logs);
      for (const log of group.logs) {
        expect(log.timeSec).toBeGreaterThanOrEqual(NOW / 1000 - 3600);
        expect(log.timeSec).toBeLessThan(NOW / 1000 + 1);
      }
      perStore.set(one.logstore, (perStore.get(one.logstore) ?? 0) + one.group.logs);
    }
    expect([...perStore.keys()].sort()).toEqual(DEMO_LOGSTORES.map((one) => one.logstore).sort());
  });

  test('fifty thousand everyday logs and more by default', async () => {
    const groups = await all({ nowMs: NOW });
    expect(groups.reduce((sum, one) => sum + one.group.logs, 0)).toBeGreaterThanOrEqual(50_000);
    for (const one of groups) expect(one.group.bytes.byteLength).toBeLessThan(3 * 1024 * 1024);
  });

  test('no everyday log has an address of the attack', async () => {
    const lines = await readCampaign();
    const attack = new Set(campaignLogs(lines, Math.floor(NOW / 1000) - 300 - campaignSec(lines)).map((log) => JSON.stringify(log.fields)));
    for (const one of await all({ nowMs: NOW, background: 20_000 })) {
      for (const log of decodeGroup(one.group.bytes).logs) {
        const text = JSON.stringify(log.fields);
        if (!attack.has(text)) expect(text).not.toMatch(/203\.0\.113\.|198\.51\.100\.23\b|example\.net/);
      }
    }
  });
});

describe('the logstores', () => {
  test('have indexes that the catalogue takes', () => {
    for (const one of DEMO_LOGSTORES) {
      const index = parseIndex(one.index, one.logstore, 0);
      expect(Object.keys(index.keys).length).toBeGreaterThan(2);
    }
  });
});
