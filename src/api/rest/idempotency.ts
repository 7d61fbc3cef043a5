import { createHash } from 'node:crypto';
import { SluiceError } from '../../core/errors.ts';
import type { RunContext } from '../../core/context.ts';
import type { State } from '../../state/state.ts';

/** Answers are kept this long: a client that tries again later than a day has lost its own memory, too. */
const KEEP_MS = 24 * 3_600_000;
/** A first call that never wrote its answer (the process was killed) blocks its key no longer than this. */
const RUNNING_MS = 120_000;

const sha256 = (parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

export interface KeptAnswer {
  readonly status: number;
  readonly body: string;
}

/** Remembers what creates answered, in the state: any node answers a repeated call, also after a restart. */
export class Idempotency {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /**
   * Runs `work` once for a key of a caller; a second call with the key gets the first one's answer. An error is not kept: the next call tries again.
   * @param request path and body as text: the key with another request is refused
   * @throws request.conflict, or what `work` throws
   */
  async once(
    caller: string,
    operation: string,
    key: string,
    request: string,
    work: () => Promise<KeptAnswer>,
    ctx: RunContext,
  ): Promise<KeptAnswer & { readonly again: boolean }> {
    const key_hash = sha256([caller, operation, key]);
    const request_hash = sha256([request]);
    const created_ms = ctx.clock.nowMs();
    const before = await this.#state.transact(async (db) => {
      await db
        .deleteFrom('rest_answers')
        .where('created_ms', '<', created_ms - KEEP_MS)
        .execute();
      await db
        .deleteFrom('rest_answers')
        .where('status', '=', 0)
        .where('created_ms', '<', created_ms - RUNNING_MS)
        .execute();
      const row = await db.selectFrom('rest_answers').selectAll().where('key_hash', '=', key_hash).executeTakeFirst();
      if (row === undefined)
        await db.insertInto('rest_answers').values({ key_hash, request_hash, status: 0, body: '', created_ms }).execute();
      return row ?? null;
    }, ctx);
    if (before !== null) {
      if (before.request_hash !== request_hash)
        throw new SluiceError('request.conflict', `Idempotency-Key ${key} was used for another request, expected a new key`, {
          header: 'Idempotency-Key',
        });
      if (before.status === 0)
        throw new SluiceError('request.conflict', `the first call with Idempotency-Key ${key} is still running`, {
          header: 'Idempotency-Key',
        });
      return { status: before.status, body: before.body, again: true };
    }
    try {
      const answer = await work();
      await this.#state.transact(
        (db) => db.updateTable('rest_answers').set({ status: answer.status, body: answer.body }).where('key_hash', '=', key_hash).execute(),
        ctx,
      );
      return { ...answer, again: false };
    } catch (thrown) {
      await this.#state.transact((db) => db.deleteFrom('rest_answers').where('key_hash', '=', key_hash).execute(), {
        ...ctx,
        signal: new AbortController().signal,
      });
      throw thrown;
    }
  }
}
