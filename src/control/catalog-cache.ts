import type { CatalogChange, LogstoreInfo, ProjectInfo, ShardInfo } from './catalog.ts';

/** The catalogue in memory. Infos are replaced, never changed, so a reader keeps a consistent one. */
export class CatalogCache {
  readonly projects = new Map<string, ProjectInfo>();
  readonly logstores = new Map<number, LogstoreInfo>();
  /** project → name → logstore. */
  readonly named = new Map<string, Map<string, LogstoreInfo>>();
  /** By shard number. */
  readonly shards = new Map<number, readonly ShardInfo[]>();

  putProject(project: ProjectInfo): void {
    this.projects.set(project.name, project);
  }

  dropProject(name: string): void {
    this.projects.delete(name);
    this.named.delete(name);
  }

  putLogstore(logstore: LogstoreInfo): void {
    this.logstores.set(logstore.id, logstore);
    const names = this.named.get(logstore.project) ?? new Map<string, LogstoreInfo>();
    names.set(logstore.name, logstore);
    this.named.set(logstore.project, names);
  }

  dropLogstore(logstore: LogstoreInfo): void {
    this.logstores.delete(logstore.id);
    this.named.get(logstore.project)?.delete(logstore.name);
    this.shards.delete(logstore.id);
  }

  putShards(logstore: number, shards: readonly ShardInfo[]): void {
    this.shards.set(logstore, shards);
  }

  /** What a listener has to hear to get from `before` to here: deletions first. */
  changesSince(before: CatalogCache): readonly CatalogChange[] {
    const changes: CatalogChange[] = [];
    for (const old of before.logstores.values())
      if (!this.logstores.has(old.id)) changes.push({ kind: 'logstore', project: old.project, logstore: old, deleted: true });
    for (const old of before.projects.values())
      if (this.projects.get(old.name)?.id !== old.id) changes.push({ kind: 'project', project: old.name, logstore: null, deleted: true });
    for (const project of this.projects.values())
      if (!same(project, before.projects.get(project.name)))
        changes.push({ kind: 'project', project: project.name, logstore: null, deleted: false });
    for (const logstore of this.logstores.values()) {
      const old = before.logstores.get(logstore.id);
      const { project } = logstore;
      if (!same(this.shards.get(logstore.id), before.shards.get(logstore.id)) && old !== undefined)
        changes.push({ kind: 'shards', project, logstore, deleted: false });
      if (!same(logstore.index, old?.index ?? null)) changes.push({ kind: 'index', project, logstore, deleted: logstore.index === null });
      if (!same({ ...logstore, index: null, shardCount: 0 }, old && { ...old, index: null, shardCount: 0 }))
        changes.push({ kind: 'logstore', project, logstore, deleted: false });
    }
    return changes;
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
