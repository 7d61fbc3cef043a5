import { GroupBuilder } from '../core/group-builder.ts';
import type { Fields, GroupBytes } from '../core/log.ts';

/** One log on its way into a logstore. */
export interface DemoLog {
  readonly timeSec: number;
  readonly project: string;
  readonly logstore: string;
  readonly topic: string;
  readonly source: string;
  readonly tags: Fields;
  readonly fields: Fields;
}

/** A LogGroup and where it goes: the body of one PutLogs, not yet compressed. */
export interface DemoGroup {
  readonly project: string;
  readonly logstore: string;
  readonly group: GroupBytes;
}

/** PutLogs takes 10 MB or 4,096 logs; a tenth keeps each answer quick. */
const MAX_LOGS = 400;

/** Packs logs into groups: those of one logstore, topic, source and tags together, in their order. */
export function packGroups(logs: readonly DemoLog[]): readonly DemoGroup[] {
  const builder = new GroupBuilder();
  const open = new Map<string, DemoLog[]>();
  const groups: DemoGroup[] = [];
  const close = (members: readonly DemoLog[]): void => {
    const first = members[0];
    if (first === undefined) return;
    builder.begin();
    for (const log of members) {
      builder.beginLog(log.timeSec);
      for (const [key, value] of Object.entries(log.fields)) builder.field(key, value);
      builder.endLog();
    }
    builder.topic(first.topic);
    builder.source(first.source);
    for (const [key, value] of Object.entries(first.tags)) builder.tag(key, value);
    const bytes = builder.finish();
    groups.push({
      project: first.project,
      logstore: first.logstore,
      group: { bytes, codec: 'none', rawBytes: bytes.length, logs: members.length },
    });
  };
  for (const log of logs) {
    const key = JSON.stringify([log.project, log.logstore, log.topic, log.source, log.tags]);
    const members = open.get(key) ?? [];
    members.push(log);
    open.set(key, members);
    if (members.length === MAX_LOGS) {
      close(members);
      open.delete(key);
    }
  }
  for (const members of open.values()) close(members);
  return groups;
}
