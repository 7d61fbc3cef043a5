import { SluiceError } from '../core/errors.ts';
import type { RunContext } from '../core/context.ts';
import type { State } from '../state/state.ts';

/** What the wire API keeps of a project as the client wrote it. The names are those of error details. */
export type WireKind =
  'saved_search' | 'dashboard' | 'job' | 'store_view' | 'machine_group' | 'config' | 'pipeline_config' | 'logging' | 'domain';

export interface WireObject {
  readonly name: string;
  /** The object without the times we add. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly createdSec: number;
  readonly modifiedSec: number;
}

/** Objects of a project in the state database, one row each. Errors: request.not_found, request.conflict, request.quota with details.resource and details.name. */
export class WireObjects {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  async find(project: string, kind: WireKind, name: string, ctx: RunContext): Promise<WireObject | null> {
    const row = await this.#state.read(
      (db) =>
        db
          .selectFrom('wire_objects')
          .selectAll()
          .where('project', '=', project)
          .where('kind', '=', kind)
          .where('name', '=', name)
          .executeTakeFirst(),
      ctx,
    );
    return row === undefined ? null : objectOf(row);
  }

  /** @throws request.not_found */
  async get(project: string, kind: WireKind, name: string, ctx: RunContext): Promise<WireObject> {
    const found = await this.find(project, kind, name, ctx);
    if (found === null) throw missing(kind, name);
    return found;
  }

  /** By name. A project has at most a few hundred of a kind. */
  async list(project: string, kind: WireKind, ctx: RunContext): Promise<readonly WireObject[]> {
    const rows = await this.#state.read(
      (db) => db.selectFrom('wire_objects').selectAll().where('project', '=', project).where('kind', '=', kind).orderBy('name').execute(),
      ctx,
    );
    return rows.map(objectOf);
  }

  /** @param limit most objects of the kind in a project. @throws request.conflict request.quota */
  async create(project: string, kind: WireKind, name: string, body: WireObject['body'], limit: number, ctx: RunContext): Promise<void> {
    const sec = Math.floor(ctx.clock.nowMs() / 1000);
    await this.#state.transact(async (db) => {
      const rows = await db.selectFrom('wire_objects').select('name').where('project', '=', project).where('kind', '=', kind).execute();
      if (rows.some((row) => row.name === name))
        throw new SluiceError('request.conflict', `${words(kind)} ${name} already exists`, { resource: kind, name });
      if (rows.length >= limit)
        throw new SluiceError('request.quota', `${words(kind)} ${name} would be one more than the ${limit} a project may have`, {
          resource: kind,
          name,
          limit,
        });
      await db
        .insertInto('wire_objects')
        .values({ project, kind, name, body: JSON.stringify(body), created_sec: sec, modified_sec: sec })
        .execute();
    }, ctx);
  }

  /** Replaces the body by what `change` makes of it. `change` may run more than once and may throw to refuse. @throws request.not_found */
  async update(
    project: string,
    kind: WireKind,
    name: string,
    change: (before: WireObject['body']) => WireObject['body'],
    ctx: RunContext,
  ): Promise<void> {
    const sec = Math.floor(ctx.clock.nowMs() / 1000);
    await this.#state.transact(async (db) => {
      const row = await db
        .selectFrom('wire_objects')
        .select('body')
        .where('project', '=', project)
        .where('kind', '=', kind)
        .where('name', '=', name)
        .executeTakeFirst();
      if (row === undefined) throw missing(kind, name);
      const body = change(JSON.parse(row.body) as WireObject['body']);
      await db
        .updateTable('wire_objects')
        .set({ body: JSON.stringify(body), modified_sec: sec })
        .where('project', '=', project)
        .where('kind', '=', kind)
        .where('name', '=', name)
        .execute();
    }, ctx);
  }

  /** With the tags on it and, for configs and machine groups, the applications. @throws request.not_found */
  async delete(project: string, kind: WireKind, name: string, ctx: RunContext): Promise<void> {
    await this.#state.transact(async (db) => {
      const gone = await db
        .deleteFrom('wire_objects')
        .where('project', '=', project)
        .where('kind', '=', kind)
        .where('name', '=', name)
        .executeTakeFirst();
      if (gone.numDeletedRows === 0n) throw missing(kind, name);
      await db
        .deleteFrom('wire_tags')
        .where('project', '=', project)
        .where('resource_type', '=', TAG_TYPES[kind] ?? '')
        .where('resource_id', '=', name)
        .execute();
      const column = kind === 'machine_group' ? 'machine_group' : kind === 'config' || kind === 'pipeline_config' ? 'config' : null;
      if (column !== null) await db.deleteFrom('machine_group_configs').where('project', '=', project).where(column, '=', name).execute();
    }, ctx);
  }

  /** Applies a collection configuration to a machine group; twice is once. */
  async apply(project: string, machineGroup: string, config: string, ctx: RunContext): Promise<void> {
    await this.#state.transact(
      (db) =>
        db
          .insertInto('machine_group_configs')
          .values({ project, machine_group: machineGroup, config })
          .onConflict((c) => c.doNothing())
          .execute(),
      ctx,
    );
  }

  /** False: it was not applied. */
  async remove(project: string, machineGroup: string, config: string, ctx: RunContext): Promise<boolean> {
    const gone = await this.#state.transact(
      (db) =>
        db
          .deleteFrom('machine_group_configs')
          .where('project', '=', project)
          .where('machine_group', '=', machineGroup)
          .where('config', '=', config)
          .executeTakeFirst(),
      ctx,
    );
    return gone.numDeletedRows > 0n;
  }

  async applications(project: string, ctx: RunContext): Promise<readonly { readonly machineGroup: string; readonly config: string }[]> {
    const rows = await this.#state.read(
      (db) =>
        db
          .selectFrom('machine_group_configs')
          .selectAll()
          .where('project', '=', project)
          .orderBy('machine_group')
          .orderBy('config')
          .execute(),
      ctx,
    );
    return rows.map((row) => ({ machineGroup: row.machine_group, config: row.config }));
  }
}

/** Kind → resource type of its tags. */
const TAG_TYPES: Partial<Record<WireKind, string>> = { dashboard: 'dashboard', machine_group: 'machinegroup', config: 'logtailconfig' };

const words = (kind: WireKind): string => kind.replace('_', ' ');

const missing = (kind: WireKind, name: string): SluiceError =>
  new SluiceError('request.not_found', `${words(kind)} ${name} does not exist`, { resource: kind, name });

function objectOf(row: { name: string; body: string; created_sec: number; modified_sec: number }): WireObject {
  return {
    name: row.name,
    body: JSON.parse(row.body) as WireObject['body'],
    createdSec: row.created_sec,
    modifiedSec: row.modified_sec,
  };
}
