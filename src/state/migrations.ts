import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { SluiceError } from '../core/errors.ts';
import type { Migrations } from './state.ts';
import { alertMigrations } from './tables/alerts.ts';
import { controlMigrations } from './tables/control.ts';
import { detectMigrations } from './tables/detect.ts';
import { eventMigrations } from './tables/events.ts';
import { pipelineMigrations } from './tables/pipeline.ts';
import { restMigrations } from './tables/rest.ts';
import { shippingMigrations } from './tables/shipping.ts';
import { standardizeMigrations } from './tables/standardize.ts';
import { stateMigrations } from './tables/state.ts';
import { wireMigrations } from './tables/wire.ts';

/**
 * Every room's migrations. Names are `NNNN_what` with a number range per room, so that two rooms never meet: state 0001, control 0100, wire 0200,
 * pipeline 0300, standardize 0400, alerts 0500, events 0600, shipping 0700, rest 0800, detect 0900. Never edited once released.
 */
const ROOMS: readonly Migrations[] = [
  stateMigrations,
  standardizeMigrations,
  controlMigrations,
  wireMigrations,
  restMigrations,
  alertMigrations,
  eventMigrations,
  pipelineMigrations,
  detectMigrations,
  shippingMigrations,
];

/** All migrations by name. Two rooms that use one name are a defect and fail here. */
export function allMigrations(rooms: readonly Migrations[] = ROOMS): Migrations {
  const all: Record<string, Migrations[string]> = {};
  for (const room of rooms) {
    for (const [name, migration] of Object.entries(room)) {
      if (!/^\d{4}_[a-z0-9_]+$/.test(name)) throw new SluiceError('internal.unexpected', `migration ${name} is not called NNNN_what`);
      if (name in all) throw new SluiceError('internal.unexpected', `migration ${name} exists twice`);
      all[name] = migration;
    }
  }
  return all;
}

/**
 * Brings the database to the newest form. Rooms grow independently, so a new 0101 may arrive after 0200 ran: unordered is allowed.
 * A database that has migrations this program does not know (it was used by a newer one) is refused and left as it is.
 * @throws state.unavailable
 */
export async function migrate<S>(db: Kysely<S>): Promise<void> {
  const migrations = allMigrations();
  const migrator = new Migrator({
    db: db as unknown as Kysely<unknown>,
    provider: { getMigrations: () => Promise.resolve(migrations) },
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const failed = results?.find((r) => r.status === 'Error')?.migrationName ?? 'before the first step';
  const reason = error instanceof Error ? error.message : JSON.stringify(error);
  throw new SluiceError(
    'state.unavailable',
    `the state database could not be migrated at ${failed}: ${reason}`,
    { migration: failed },
    { cause: error },
  );
}
