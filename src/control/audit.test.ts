import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Audit } from './audit.ts';
import { newMasterKey, Secrets } from './secrets.ts';
import { controlSetup, type ControlSetup } from './testing/control-setup.ts';

let setup: ControlSetup;
beforeEach(async () => {
  setup = await controlSetup();
});
afterEach(() => setup.close());

const note = (action: string, details: Record<string, unknown> = {}) =>
  setup.audit.append({ actor: 'user:admin', action, resource: 'project/p', outcome: 'ok', details }, setup.ctx);
const five = async () => {
  for (const action of ['a.one', 'a.two', 'a.three', 'a.four', 'a.five']) await note(action);
};
const verify = () => setup.audit.verify(setup.ctx);

describe('the audit trail', () => {
  it('keeps who did what in order, without secrets', async () => {
    await note('key.create', { accessKeyId: 'AK', secret: 'abcdefghijkl' });
    await setup.clock.advance(1000);
    await note('project.delete');
    const rows = await setup.audit.list({ limit: 10 }, setup.ctx);
    expect(rows).toMatchObject([
      { seq: 2, action: 'project.delete', details: {} },
      { seq: 1, action: 'key.create', details: { accessKeyId: 'AK', secret: 'a***kl' }, actor: 'user:admin', outcome: 'ok' },
    ]);
    expect(await setup.audit.list({ limit: 1, action: 'key.create' }, setup.ctx)).toHaveLength(1);
    expect(await setup.audit.list({ limit: 9, beforeSeq: 2, actor: 'user:admin' }, setup.ctx)).toHaveLength(1);
    expect(await setup.audit.list({ limit: 9, fromMs: setup.clock.nowMs() }, setup.ctx)).toHaveLength(1);
    expect(await setup.audit.list({ limit: 9, toMs: setup.clock.nowMs() }, setup.ctx)).toHaveLength(1);
  });

  it('is one chain, also when many write at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => note(`a.b${i}`)));
    expect(await verify()).toMatchObject({ ok: true, records: 20, firstBad: null });
    expect(await new Audit(setup.state, new Secrets(newMasterKey())).verify(setup.ctx)).toMatchObject({ ok: false, firstBad: { seq: 1 } });
  });

  it.each([
    ['a changed record', "update audit_trail set outcome = 'denied' where seq = 3", 3, 'changed'],
    ['a changed time', 'update audit_trail set at_ms = at_ms + 1 where seq = 2', 2, 'changed'],
    ['a changed fact', 'update audit_trail set details = \'{"x":1}\' where seq = 1', 1, 'changed'],
    ['a removed record', 'delete from audit_trail where seq = 2', 2, 'missing'],
    ['a cut-off end', 'delete from audit_trail where seq = 5', 5, 'missing'],
    ['a hash put in by hand', "update audit_trail set hash = printf('%064d', 1) where seq = 4", 4, 'changed'],
    ['two records exchanged', 'update audit_trail set seq = case seq when 2 then -3 when 3 then -2 else seq end', 2, ''],
  ])('shows %s', async (_, sql, seq, reason) => {
    await five();
    const { DatabaseSync } = await import('node:sqlite');
    const { SQLITE_FILE } = await import('../state/sqlite/sqlite-state.ts');
    const raw = new DatabaseSync(`${setup.dir}/${SQLITE_FILE}`);
    raw.exec(sql);
    if (sql.includes('case')) raw.exec('update audit_trail set seq = -seq where seq < 0');
    raw.close();
    const verdict = await verify();
    expect(verdict).toMatchObject({ ok: false, firstBad: { seq } });
    expect(verdict.firstBad?.reason).toContain(reason);
  });

  it('shows a cut-off end even when the counter was set back, against a head noted before', async () => {
    await five();
    const { head } = await verify();
    await setup.state.transact(async (db) => {
      await db.deleteFrom('audit_trail').where('seq', '=', 5).execute();
      await db.updateTable('counters').set({ value: 4 }).where('name', '=', 'audit_trail').execute();
    }, setup.ctx);
    expect(await verify()).toMatchObject({ ok: true, records: 4 });
    expect(await setup.audit.verify(setup.ctx, head)).toMatchObject({ ok: false, firstBad: { seq: 5 } });
    await note('a.other');
    expect(await setup.audit.verify(setup.ctx, head)).toMatchObject({
      ok: false,
      firstBad: { seq: 5, reason: 'the record is not the one noted earlier' },
    });
  });
});
