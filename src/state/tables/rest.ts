import type { Kysely } from 'kysely';
import type { Migrations } from '../state.ts';

/** Answers of creates that carried an Idempotency-Key: the same key again answers the same. */
export interface RestAnswerTable {
  /** SHA-256 of caller, operation and key. */
  key_hash: string;
  /** SHA-256 of path and body: the same key with another request is a mistake of the client. */
  request_hash: string;
  /** HTTP status; 0 while the first call runs. */
  status: number;
  /** JSON text; '' while it runs. */
  body: string;
  created_ms: number;
}

export interface RestTables {
  rest_answers: RestAnswerTable;
}

/** Tables of the REST API. Number range 0800–0899. */
export const restMigrations: Migrations = {
  '0800_rest_answers': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('rest_answers')
        .addColumn('key_hash', 'text', (c) => c.primaryKey())
        .addColumn('request_hash', 'text', (c) => c.notNull())
        .addColumn('status', 'bigint', (c) => c.notNull())
        .addColumn('body', 'text', (c) => c.notNull())
        .addColumn('created_ms', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema.createIndex('rest_answers_created').on('rest_answers').column('created_ms').execute();
    },
  },
};
