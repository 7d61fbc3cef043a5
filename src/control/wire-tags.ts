import type { RunContext } from '../core/context.ts';
import type { State } from '../state/state.ts';

export interface WireTag {
  readonly project: string;
  /** `project`, `logstore`, `dashboard`, `machinegroup`, `logtailconfig`. */
  readonly resourceType: string;
  /** Name within the project; of a project its own name. */
  readonly resource: string;
  readonly key: string;
  readonly value: string;
}

export interface TagTarget {
  readonly project: string;
  readonly resourceType: string;
  readonly resource: string;
}

/** Key-value tags of resources (sls-api §4.9). */
export class WireTags {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /** Sets tags on every target; a key that is there gets the new value. All or none. */
  async put(
    targets: readonly TagTarget[],
    tags: readonly { readonly key: string; readonly value: string }[],
    ctx: RunContext,
  ): Promise<void> {
    await this.#state.transact(async (db) => {
      for (const { project, resourceType, resource } of targets)
        for (const { key, value } of tags)
          await db
            .insertInto('wire_tags')
            .values({ project, resource_type: resourceType, resource_id: resource, tag_key: key, tag_value: value })
            .onConflict((c) => c.columns(['project', 'resource_type', 'resource_id', 'tag_key']).doUpdateSet({ tag_value: value }))
            .execute();
    }, ctx);
  }

  /** @param keys null: all of them */
  async remove(targets: readonly TagTarget[], keys: readonly string[] | null, ctx: RunContext): Promise<void> {
    if (keys?.length === 0) return;
    await this.#state.transact(async (db) => {
      for (const { project, resourceType, resource } of targets) {
        let gone = db
          .deleteFrom('wire_tags')
          .where('project', '=', project)
          .where('resource_type', '=', resourceType)
          .where('resource_id', '=', resource);
        if (keys !== null) gone = gone.where('tag_key', 'in', keys);
        await gone.execute();
      }
    }, ctx);
  }

  /** Of one type, ordered by project, resource and key. */
  async list(resourceType: string, ctx: RunContext): Promise<readonly WireTag[]> {
    const rows = await this.#state.read(
      (db) =>
        db
          .selectFrom('wire_tags')
          .selectAll()
          .where('resource_type', '=', resourceType)
          .orderBy('project')
          .orderBy('resource_id')
          .orderBy('tag_key')
          .execute(),
      ctx,
    );
    return rows.map((row) => ({
      project: row.project,
      resourceType: row.resource_type,
      resource: row.resource_id,
      key: row.tag_key,
      value: row.tag_value,
    }));
  }
}
