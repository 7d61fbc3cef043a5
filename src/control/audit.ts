import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RunContext } from '../core/context.ts';
import type { AuditTable } from '../state/tables/control.ts';
import type { State } from '../state/state.ts';
import { nextNumber } from '../state/tables/state.ts';
import { withoutSecrets, type Secrets } from './secrets.ts';

/** Who did what to which thing, and how it ended. */
export interface AuditEntry {
  /** `user:admin`, `key:L***ky`, `system`. */
  readonly actor: string;
  /** `<noun>.<verb>`: `project.delete`, `user.login`. */
  readonly action: string;
  /** Path of the thing: `project/p/logstore/l`. */
  readonly resource: string;
  readonly outcome: 'ok' | 'denied' | 'failed';
  /** Facts; properties that look like secrets are masked before anything is kept. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AuditRecord extends Required<AuditEntry> {
  readonly seq: number;
  readonly atMs: number;
  readonly hash: string;
}

export interface AuditVerdict {
  readonly ok: boolean;
  readonly records: number;
  /** Hash of the last record; kept elsewhere, it proves later that nothing was cut off the end. */
  readonly head: { readonly seq: number; readonly hash: string };
  /** First record that does not fit, and why; null when all do. */
  readonly firstBad: { readonly seq: number; readonly reason: string } | null;
}

export interface AuditQuery {
  readonly actor?: string;
  readonly action?: string;
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Records older than this number: the page token. */
  readonly beforeSeq?: number;
  readonly limit: number;
}

const COUNTER = 'audit_trail';
const GENESIS = '0'.repeat(64);

/**
 * The append-only audit trail. Each record carries an HMAC over itself and the record before, under a key derived from the master key: whoever can
 * write to the database but has no master key can neither change, remove nor insert one unnoticed. Cutting off the end shows against the counter,
 * or against a head noted elsewhere.
 */
export class Audit {
  readonly #state: State;
  readonly #key: Buffer;

  constructor(state: State, secrets: Secrets) {
    this.#state = state;
    this.#key = secrets.derive('audit');
  }

  /** Durable when it resolves. @throws state.* */
  async append(entry: AuditEntry, ctx: RunContext): Promise<AuditRecord> {
    const at_ms = ctx.clock.nowMs();
    const details = JSON.stringify(withoutSecrets(entry.details ?? {}));
    const { actor, action, resource, outcome } = entry;
    const row = await this.#state.transact(async (db) => {
      const seq = await nextNumber(db, COUNTER);
      const before = await db
        .selectFrom('audit_trail')
        .select('hash')
        .where('seq', '=', seq - 1)
        .executeTakeFirst();
      const unsigned = { seq, at_ms, actor, action, resource, outcome, details, prev_hash: before?.hash ?? GENESIS };
      const row = { ...unsigned, hash: this.#hash(unsigned) };
      await db.insertInto('audit_trail').values(row).execute();
      return row;
    }, ctx);
    return recordOf(row);
  }

  /** Newest first. */
  async list(query: AuditQuery, ctx: RunContext): Promise<readonly AuditRecord[]> {
    const rows = await this.#state.read((db) => {
      let select = db.selectFrom('audit_trail').selectAll().orderBy('seq', 'desc').limit(query.limit);
      if (query.actor !== undefined) select = select.where('actor', '=', query.actor);
      if (query.action !== undefined) select = select.where('action', '=', query.action);
      if (query.fromMs !== undefined) select = select.where('at_ms', '>=', query.fromMs);
      if (query.toMs !== undefined) select = select.where('at_ms', '<', query.toMs);
      if (query.beforeSeq !== undefined) select = select.where('seq', '<', query.beforeSeq);
      return select.execute();
    }, ctx);
    return rows.map(recordOf);
  }

  /**
   * Walks the whole chain, a thousand records at a time.
   * @param noted a head that an earlier call answered: it must still be in the chain
   */
  async verify(ctx: RunContext, noted?: AuditVerdict['head']): Promise<AuditVerdict> {
    let head = { seq: 0, hash: GENESIS };
    const bad = (seq: number, reason: string): AuditVerdict => ({ ok: false, records: head.seq, head, firstBad: { seq, reason } });
    const last = await this.#state.read(
      async (db) => (await db.selectFrom('counters').select('value').where('name', '=', COUNTER).executeTakeFirst())?.value ?? 0,
      ctx,
    );
    for (;;) {
      const after = head.seq;
      const rows = await this.#state.read(
        (db) => db.selectFrom('audit_trail').selectAll().where('seq', '>', after).orderBy('seq').limit(1000).execute(),
        ctx,
      );
      for (const row of rows) {
        if (row.seq !== head.seq + 1) return bad(head.seq + 1, 'the record is missing');
        if (row.prev_hash !== head.hash) return bad(row.seq, 'the record does not follow the one before it');
        const expected = this.#hash(row);
        if (expected.length !== row.hash.length || !timingSafeEqual(Buffer.from(expected), Buffer.from(row.hash)))
          return bad(row.seq, 'the record was changed');
        head = { seq: row.seq, hash: row.hash };
        if (noted?.seq === row.seq && noted.hash !== row.hash) return bad(row.seq, 'the record is not the one noted earlier');
      }
      if (rows.length === 0) break;
    }
    if (head.seq < last) return bad(head.seq + 1, 'the last records are missing');
    if (noted !== undefined && head.seq < noted.seq) return bad(head.seq + 1, 'records noted earlier are missing');
    return { ok: true, records: head.seq, head, firstBad: null };
  }

  #hash(row: Omit<AuditTable, 'hash'>): string {
    // An array: a JSON object would leave the order of its members open.
    const text = JSON.stringify([row.prev_hash, row.seq, row.at_ms, row.actor, row.action, row.resource, row.outcome, row.details]);
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }
}

function recordOf(row: AuditTable): AuditRecord {
  return {
    seq: row.seq,
    atMs: row.at_ms,
    actor: row.actor,
    action: row.action,
    resource: row.resource,
    outcome: row.outcome as AuditRecord['outcome'],
    details: JSON.parse(row.details) as Record<string, unknown>,
    hash: row.hash,
  };
}
