import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../core/clock.ts';
import { GroupBuilder } from '../../core/group-builder.ts';
import { problem, type Problem } from './contract/base.ts';
import { ROUTES } from './contract/routes.ts';
import { restSetup, type RestSetup } from './testing/rest-setup.ts';

let setup: RestSetup;
let admin: string;
let consoleDir: string;

beforeAll(async () => {
  consoleDir = mkdtempSync(join(tmpdir(), 'sluice-console-'));
  mkdirSync(join(consoleDir, 'assets'));
  writeFileSync(join(consoleDir, 'index.html'), '<!doctype html><title>Sluice</title>');
  writeFileSync(join(consoleDir, 'assets', 'main-abc123.js'), `console.log(${JSON.stringify('x'.repeat(5000))})`);
  writeFileSync(join(consoleDir, '.built-from'), 'not for anyone');
  setup = await restSetup({ consoleDir });
  admin = await setup.signIn('admin', setup.password);
});
afterAll(async () => {
  await setup.close();
  rmSync(consoleDir, { recursive: true, force: true });
});

const problemOf = (response: { headers: Record<string, unknown>; body: string }): Problem => {
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  return problem.parse(JSON.parse(response.body));
};

describe('signing in', () => {
  it('answers a bearer token for the right password and the same refusal for a wrong name and a wrong password', async () => {
    const good = await setup.call('POST', '/login', { body: { user: 'admin', password: setup.password } });
    expect(good.statusCode).toBe(200);
    const { token, expiresAt } = good.json<{ token: string; expiresAt: string }>();
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.now());
    expect((await setup.call('GET', '/me', { token })).json()).toMatchObject({
      user: 'admin',
      role: 'owner',
      via: 'session',
      csrfToken: null,
      passwordIsGenerated: true,
    });
    const answers = await Promise.all(
      [
        { user: 'admin', password: 'wrong-password' },
        { user: 'nobody', password: 'wrong-password' },
      ].map((body) => setup.call('POST', '/login', { body })),
    );
    for (const answer of answers) expect(problemOf(answer)).toMatchObject({ status: 401, code: 'request.unauthenticated' });
    expect(new Set(answers.map((answer) => answer.json<Problem>().detail)).size).toBe(1);
  });

  it('refuses calls without, with a malformed and with an unknown token', async () => {
    for (const headers of [
      {},
      { authorization: 'Basic eDp5' },
      { authorization: 'Bearer nonsense' },
      { authorization: 'Bearer sluice_session_nonsense' },
    ]) {
      const answer = await setup.call('GET', '/projects', { headers });
      expect(problemOf(answer).status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
  });

  it('keeps a browser session in a cookie scripts cannot read, and wants the CSRF header for changes', async () => {
    const opened = await setup.call('POST', '/session', { body: { user: 'admin', password: setup.password } });
    const setCookie = String(opened.headers['set-cookie']);
    expect(setCookie).toMatch(/^sluice_session=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
    expect(opened.body).not.toContain(/sluice_session=([^;]+)/.exec(setCookie)?.[1]);
    const cookie = setCookie.split(';')[0] ?? '';
    const { csrfToken } = opened.json<{ csrfToken: string }>();
    expect((await setup.call('GET', '/me', { headers: { cookie } })).json()).toMatchObject({ user: 'admin', csrfToken });
    const body = { name: 'csrf-project' };
    expect(problemOf(await setup.call('POST', '/projects', { body, headers: { cookie } }))).toMatchObject({
      status: 403,
      code: 'request.forbidden',
    });
    expect(problemOf(await setup.call('POST', '/projects', { body, headers: { cookie, 'x-sluice-csrf': 'guess' } })).status).toBe(403);
    expect((await setup.call('POST', '/projects', { body, headers: { cookie, 'x-sluice-csrf': csrfToken } })).statusCode).toBe(201);
    const closed = await setup.call('DELETE', '/session', { headers: { cookie, 'x-sluice-csrf': csrfToken } });
    expect(closed.statusCode).toBe(204);
    expect(String(closed.headers['set-cookie'])).toMatch(/sluice_session=;/);
    expect((await setup.call('GET', '/me', { headers: { cookie } })).statusCode).toBe(401);
  });

  it('changes the own password, ends all sessions, and forgets the generated one for good', async () => {
    const own = await restSetup();
    try {
      const first = await own.signIn('admin', own.password);
      const second = await own.signIn('admin', own.password);
      expect(
        problemOf(await own.call('POST', '/me:change-password', { token: first, body: { current: 'not-it', next: 'a-new-password' } })),
      ).toMatchObject({
        status: 403,
        errors: [{ path: '/body/current' }],
      });
      const changed = await own.call('POST', '/me:change-password', {
        token: first,
        body: { current: own.password, next: 'a-new-password' },
      });
      const { token } = changed.json<{ token: string }>();
      for (const old of [first, second]) expect((await own.call('GET', '/me', { token: old })).statusCode).toBe(401);
      expect((await own.call('GET', '/me', { token })).json()).toMatchObject({ passwordIsGenerated: false });
      expect((await own.call('POST', '/login', { body: { user: 'admin', password: own.password } })).statusCode).toBe(401);
    } finally {
      await own.close();
    }
  });
});

describe('roles', () => {
  it('let a caller do what the role says and no more, and keep the refusal in the audit trail', async () => {
    const body = { name: 'vera', role: 'viewer', password: 'a-viewers-password' };
    expect((await setup.call('POST', '/users', { token: admin, body })).statusCode).toBe(201);
    const viewer = await setup.signIn('vera', body.password);
    expect((await setup.call('GET', '/projects', { token: viewer })).statusCode).toBe(200);
    for (const [method, path, payload] of [
      ['POST', '/projects', { name: 'by-vera' }],
      ['GET', '/users', undefined],
      ['GET', '/audit-trail', undefined],
      ['DELETE', '/projects/csrf-project?confirm=csrf-project', undefined],
    ] as const)
      expect(problemOf(await setup.call(method, path, { token: viewer, body: payload })), path).toMatchObject({
        status: 403,
        code: 'request.forbidden',
      });
    const trail = (await setup.call('GET', '/audit-trail?actor=user:vera&action=project.create', { token: admin })).json<{
      items: unknown[];
    }>();
    expect(trail.items).toMatchObject([{ actor: 'user:vera', action: 'project.create', resource: 'project/by-vera', outcome: 'denied' }]);
  });

  it('hand out no more than the caller has, by user or by API key', async () => {
    await setup.call('POST', '/users', { token: admin, body: { name: 'adam', role: 'admin', password: 'an-admins-password' } });
    const adam = await setup.signIn('adam', 'an-admins-password');
    expect(
      (await setup.call('POST', '/users', { token: adam, body: { name: 'olga', role: 'owner', password: 'an-owners-password' } }))
        .statusCode,
    ).toBe(403);
    expect((await setup.call('POST', '/api-keys', { token: adam, body: { label: 'k', role: 'owner' } })).statusCode).toBe(403);
    const me = (await setup.call('GET', '/users/admin', { token: adam })).json<{ etag: string }>();
    expect(
      (await setup.call('PATCH', '/users/admin', { token: adam, body: { etag: me.etag, password: 'taken-over-now' } })).statusCode,
    ).toBe(403);
    expect((await setup.call('DELETE', '/users/admin', { token: adam })).statusCode).toBe(403);
    const made = await setup.call('POST', '/api-keys', { token: adam, body: { label: 'dashboards', role: 'viewer', expiresInDays: 7 } });
    const { key, id } = made.json<{ key: string; id: string }>();
    expect((await setup.call('GET', '/me', { token: key })).json()).toMatchObject({ user: 'adam', role: 'viewer', via: 'api-key' });
    expect((await setup.call('POST', '/projects', { token: key, body: { name: 'by-key' } })).statusCode).toBe(403);
    expect((await setup.call('GET', '/api-keys', { token: adam })).body).not.toContain(key);
    expect((await setup.call('DELETE', `/api-keys/${id}`, { token: adam })).statusCode).toBe(204);
    expect((await setup.call('GET', '/me', { token: key })).statusCode).toBe(401);
  });
});

describe('resources', () => {
  it('projects and logstores: create, read, page, change with the etag that was read, delete with the name again', async () => {
    const token = admin;
    for (const name of ['alpha', 'beta', 'gamma'])
      expect((await setup.call('POST', '/projects', { token, body: { name } })).statusCode).toBe(201);
    const page = (await setup.call('GET', '/projects?pageSize=2', { token })).json<{ items: { name: string }[]; nextPageToken: string }>();
    expect(page.items.map((item) => item.name)).toEqual(['alpha', 'beta']);
    const rest = (await setup.call('GET', `/projects?pageSize=100&pageToken=${page.nextPageToken}`, { token })).json<{
      items: { name: string }[];
      nextPageToken: string;
    }>();
    expect(rest.items.map((item) => item.name)).toContain('gamma');
    expect(rest.items.map((item) => item.name)).not.toContain('beta');
    expect(rest.nextPageToken).toBe('');

    const store = await setup.call('POST', '/projects/alpha/logstores', { token, body: { name: 'waf', shardCount: 3, ttlDays: 30 } });
    expect(store.json()).toMatchObject({ project: 'alpha', name: 'waf', shardCount: 3, ttlDays: 30, hasIndex: false });
    const { etag } = store.json<{ etag: string }>();
    const read = await setup.call('GET', '/projects/alpha/logstores/waf', { token });
    expect(read.headers['etag']).toBe(`"${etag}"`);
    expect(
      (await setup.call('GET', '/projects/alpha/logstores/waf', { token, headers: { 'if-none-match': `"${etag}"` } })).statusCode,
    ).toBe(304);
    const changed = await setup.call('PATCH', '/projects/alpha/logstores/waf', { token, body: { etag, ttlDays: 60 } });
    expect(changed.json()).toMatchObject({ ttlDays: 60, shardCount: 3 });
    expect(problemOf(await setup.call('PATCH', '/projects/alpha/logstores/waf', { token, body: { etag, ttlDays: 90 } }))).toMatchObject({
      status: 409,
    });
    expect(
      problemOf(
        await setup.call('PATCH', '/projects/alpha/logstores/waf', { token, body: { ttlDays: 90 }, headers: { 'if-match': `"${etag}"` } }),
      ),
    ).toMatchObject({ status: 412 });
    const now = changed.json<{ etag: string }>().etag;
    expect(
      (
        await setup.call('PATCH', '/projects/alpha/logstores/waf', { token, body: { ttlDays: 90 }, headers: { 'if-match': `"${now}"` } })
      ).json(),
    ).toMatchObject({ ttlDays: 90 });

    expect(problemOf(await setup.call('DELETE', '/projects/alpha?confirm=beta', { token }))).toMatchObject({
      status: 400,
      errors: [{ path: '/query/confirm' }],
    });
    expect((await setup.call('DELETE', '/projects/alpha?confirm=alpha', { token })).statusCode).toBe(204);
    expect(problemOf(await setup.call('GET', '/projects/alpha', { token }))).toMatchObject({
      status: 404,
      code: 'request.not_found',
      detail: expect.stringContaining('alpha') as string,
    });
  });

  it('shards tell what the stream keeps, and split and merge', async () => {
    const token = admin;
    await setup.call('POST', '/projects/beta/logstores', { token, body: { name: 'shards', shardCount: 2 } });
    const logstore = setup.catalog.logstore('beta', 'shards');
    if (logstore === null) throw new Error('the logstore is missing');
    const group = new GroupBuilder();
    group.begin();
    group.beginLog(1_700_000_000);
    group.field('k', 'v');
    group.endLog();
    const bytes = group.finish();
    await setup.stream.append({ logstore: logstore.id, shard: 0 }, [{ bytes, codec: 'none', rawBytes: bytes.length, logs: 1 }], setup.ctx);
    const shards = (await setup.call('GET', '/projects/beta/logstores/shards/shards', { token })).json<{
      items: { shard: number; bytes: number; newestAt: string | null }[];
    }>();
    expect(shards.items).toHaveLength(2);
    expect(shards.items[0]?.bytes).toBeGreaterThan(0);
    expect(Date.parse(shards.items[0]?.newestAt ?? '')).toBeGreaterThan(Date.UTC(2024, 0));
    expect(shards.items[1]).toMatchObject({ bytes: 0, newestAt: null });
    const split = await setup.call('POST', '/projects/beta/logstores/shards/shards/0:split', { token, body: {} });
    expect(split.json<{ items: { shard: number; status: string }[] }>().items.map(({ shard, status }) => [shard, status])).toEqual([
      [0, 'readonly'],
      [1, 'readwrite'],
      [2, 'readwrite'],
      [3, 'readwrite'],
    ]);
    expect((await setup.call('POST', '/projects/beta/logstores/shards/shards/2:merge', { token })).statusCode).toBe(200);
    expect(problemOf(await setup.call('POST', '/projects/beta/logstores/shards/shards/99:split', { token, body: {} })).status).toBe(404);
  });

  it('an index is made, replaced with its etag, and reads back as written', async () => {
    const token = admin;
    const path = '/projects/beta/logstores/indexed';
    await setup.call('POST', '/projects/beta/logstores', { token, body: { name: 'indexed' } });
    expect((await setup.call('GET', `${path}/index`, { token })).statusCode).toBe(404);
    const index = {
      line: { token: [' ', ','] },
      keys: { status: { type: 'long' }, req: { type: 'json', token: [','], jsonKeys: { 'a.b': { type: 'text' } } } },
    };
    const made = await setup.call('PUT', `${path}/index`, { token, body: { index } });
    expect(made.json()).toMatchObject({
      index: { keys: { status: { type: 'long', docValue: true }, req: { jsonKeys: { 'a.b': { type: 'text', docValue: true } } } } },
    });
    expect((await setup.call('PUT', `${path}/index`, { token, body: { index } })).statusCode).toBe(409);
    const { etag } = made.json<{ etag: string }>();
    expect((await setup.call('PUT', `${path}/index`, { token, body: { index: { ...index, line: null }, etag } })).json()).toMatchObject({
      index: { line: null },
    });
    expect((await setup.call('GET', path, { token })).json()).toMatchObject({ hasIndex: true });
    expect((await setup.call('DELETE', `${path}/index`, { token })).statusCode).toBe(204);
  });

  it('an access key shows its secret once, and never again [B26]', async () => {
    const token = admin;
    const made = (await setup.call('POST', '/access-keys', { token, body: { owner: 'shipper', policies: ['AliyunLogFullAccess'] } })).json<{
      accessKeyId: string;
      secret: string;
      maskedSecret: string;
    }>();
    expect(made.secret).toHaveLength(30);
    expect(setup.services.access.users()).toHaveLength(1);
    const list = await setup.call('GET', '/access-keys', { token });
    expect(list.body).toContain(made.accessKeyId);
    expect(list.body).not.toContain(made.secret);
    expect(made.maskedSecret).toMatch(/^.\*\*\*..$/);
    expect((await setup.call('PATCH', `/access-keys/${made.accessKeyId}`, { token, body: { active: false } })).json()).toMatchObject({
      active: false,
    });
    expect((await setup.call('GET', '/audit-trail', { token })).body).not.toContain(made.secret);
    expect((await setup.call('DELETE', `/access-keys/${made.accessKeyId}`, { token })).statusCode).toBe(204);
    expect(
      problemOf(await setup.call('POST', '/access-keys', { token, body: { owner: 'shipper', policies: ['NoSuchPolicy'] } })).status,
    ).toBe(404);
  });

  it('jobs tell how they stand and start again by hand', async () => {
    const token = admin;
    setup.services.supervisor.start({
      name: 'source:gone',
      stuckAfterMs: 1000,
      run: (ctx) => new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })),
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect((await setup.call('GET', '/jobs', { token })).json()).toMatchObject({
      items: [{ name: 'source:gone', state: 'running', needsAttention: false }],
    });
    expect((await setup.call('POST', '/jobs/source%3Agone:stop', { token })).json()).toMatchObject({ state: 'stopped' });
    expect((await setup.call('POST', '/jobs/source:gone:restart', { token })).json()).toMatchObject({
      name: 'source:gone',
      state: 'running',
      restarts: 1,
    });
    await setup.services.supervisor.stopAll(1000);
    expect((await setup.call('POST', '/jobs/none:stop', { token })).statusCode).toBe(404);
  });

  it('the doctor of the running server looks at the machine and at its own parts', async () => {
    const answer = (await setup.call('POST', '/doctor', { token: admin })).json<{
      verdict: string;
      sentence: string;
      checks: { name: string; status: string; detail: string }[];
    }>();
    expect(answer.checks.filter((check) => check.status === 'fail')).toEqual([]);
    expect(answer.checks.map((check) => check.name)).toEqual(expect.arrayContaining(['disk space', 'clock', 'jobs']));
    expect(answer.sentence).not.toBe('');
  });

  it('the audit trail pages newest first and proves its chain; passwords never get in', async () => {
    const token = admin;
    const first = (await setup.call('GET', '/audit-trail?pageSize=3', { token })).json<{
      items: { seq: number }[];
      nextPageToken: string;
    }>();
    expect(first.items).toHaveLength(3);
    const second = (await setup.call('GET', `/audit-trail?pageSize=1000&pageToken=${first.nextPageToken}`, { token })).json<{
      items: { seq: number }[];
      nextPageToken: string;
    }>();
    const seqs = [...first.items, ...second.items].map((item) => item.seq);
    expect(seqs).toEqual(Array.from({ length: seqs[0] ?? 0 }, (_, i) => (seqs[0] ?? 0) - i));
    expect(JSON.stringify(second.items)).not.toMatch(/a-viewers-password|an-admins-password/);
    expect((await setup.call('POST', '/audit-trail:verify', { token, body: {} })).json()).toMatchObject({ ok: true, firstBad: null });
  });

  it('settings say where each comes from and tell no secret', async () => {
    const rows = (await setup.call('GET', '/settings', { token: admin })).json<{
      items: { name: string; value: unknown; from: string }[];
    }>().items;
    expect(rows.find((row) => row.name === 'dataDir')).toMatchObject({ value: setup.dir, from: 'environment' });
    expect(rows.find((row) => row.name === 'http.port')).toMatchObject({ value: 7800, from: 'default' });
    expect(rows.find((row) => row.name === 'masterKey')).toMatchObject({ value: '***', from: 'first start' });
    expect(rows.find((row) => row.name === 'store.url')).toMatchObject({ value: null });
  });
});

describe('bad requests', () => {
  it('name every wrong field at once', async () => {
    const answer = problemOf(
      await setup.call('POST', '/projects/beta/logstores', { token: admin, body: { name: 7, ttlDays: 0, colour: 'red' } }),
    );
    expect(answer).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(answer.errors?.map((error) => error.path).toSorted()).toEqual(['/body/colour', '/body/name', '/body/ttlDays']);
  });

  it('are problems whatever is wrong: path, method, JSON, type, size, encoding, query', async () => {
    const token = admin;
    expect(problemOf(await setup.call('GET', '/nothing', { token }))).toMatchObject({ status: 404, instance: '/api/v1/nothing' });
    const method = await setup.call('PATCH', '/projects', { token, body: {} });
    expect(problemOf(method)).toMatchObject({ status: 405, code: 'request.method' });
    expect(String(method.headers['allow']).split(', ').toSorted()).toEqual(['GET', 'HEAD', 'POST']);
    for (const other of ['QUERY', 'OPTIONS', 'LOCK']) expect((await setup.call(other, '/projects', { token })).statusCode, other).toBe(405);
    expect(problemOf(await setup.call('POST', '/projects', { token, body: '{"name":' })).detail).toContain('no JSON');
    expect(problemOf(await setup.call('POST', '/projects', { token, body: '' }))).toMatchObject({ status: 400 });
    expect(problemOf(await setup.call('POST', '/projects', { token, body: 'a=1', headers: { 'content-type': 'text/csv' } }))).toMatchObject(
      { status: 415 },
    );
    expect(
      problemOf(await setup.call('POST', '/projects', { token, body: JSON.stringify({ name: 'x'.repeat(9_000_000) }) })),
    ).toMatchObject({ status: 413 });
    expect(problemOf(await setup.call('GET', '/projects/%E0%A4%A', { token }))).toMatchObject({ status: 400 });
    expect(problemOf(await setup.call('GET', '/projects?pagesize=3', { token })).errors).toEqual([
      { path: '/query/pagesize', message: 'is not known here' },
    ]);
    expect(problemOf(await setup.call('GET', '/projects?pageSize=', { token })).errors?.[0]?.path).toBe('/query/pageSize');
    expect(problemOf(await setup.call('GET', '/projects?pageToken=abc', { token })).status).toBe(400);
    expect(problemOf(await setup.call('GET', '/me?x=1', { token })).status).toBe(400);
  });

  it('carry the request id that the header has', async () => {
    const answer = await setup.call('GET', '/nothing', { token: admin });
    expect(problemOf(answer).requestId).toBe(answer.headers['x-request-id']);
  });

  it('tell nothing about a defect but where to look', async () => {
    const failing = await restSetup({
      services: {
        settings: {
          list: () => {
            throw new TypeError('secret detail of the inside');
          },
        },
      },
    });
    try {
      const answer = await failing.call('GET', '/settings', { token: await failing.signIn('admin', failing.password) });
      expect(problemOf(answer)).toMatchObject({ status: 500, code: 'internal.unexpected' });
      expect(answer.body).not.toContain('secret detail');
    } finally {
      await failing.close();
    }
  });
});

describe('Idempotency-Key', () => {
  it('makes a create happen once, answers it again, and refuses the key for something else', async () => {
    const token = admin;
    const headers = { 'idempotency-key': 'a-key-1' };
    const first = await setup.call('POST', '/projects', { token, body: { name: 'once-only' }, headers });
    const second = await setup.call('POST', '/projects', { token, body: { name: 'once-only' }, headers });
    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.json()).toEqual(first.json());
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect(problemOf(await setup.call('POST', '/projects', { token, body: { name: 'another' }, headers }))).toMatchObject({ status: 409 });
    expect(problemOf(await setup.call('POST', '/projects', { token, body: { name: 'once-only' } }))).toMatchObject({ status: 409 });
    expect(
      problemOf(await setup.call('POST', '/projects', { token, body: { name: 'x1y' }, headers: { 'idempotency-key': 'with space' } }))
        .status,
    ).toBe(400);
  });

  it('does not keep an error, and of two calls at once only one does the work', async () => {
    const token = admin;
    const headers = { 'idempotency-key': 'a-key-2' };
    expect((await setup.call('POST', '/projects/nowhere/logstores', { token, body: { name: 'later' }, headers })).statusCode).toBe(404);
    await setup.call('POST', '/projects', { token, body: { name: 'nowhere' } });
    const both = await Promise.all(
      [1, 2].map(() => setup.call('POST', '/projects/nowhere/logstores', { token, body: { name: 'later' }, headers })),
    );
    expect(both.map((answer) => answer.statusCode).toSorted((a, b) => a - b)).toEqual([201, 409]);
    expect((await setup.call('POST', '/projects/nowhere/logstores', { token, body: { name: 'later' }, headers })).statusCode).toBe(201);
  });
});

describe('limits', () => {
  it('answer too many calls and too many sign-ins with 429 and when to come back', async () => {
    const small = await restSetup({ env: { SLUICE_HTTP_RATE_LIMIT_PER_MINUTE: '5', SLUICE_HTTP_SIGN_INS_PER_MINUTE: '2' } });
    try {
      const token = await small.signIn('admin', small.password);
      for (let i = 0; i < 5; i++) expect((await small.call('GET', '/me', { token })).statusCode).toBe(200);
      const refused = await small.call('GET', '/me', { token });
      expect(problemOf(refused)).toMatchObject({ status: 429, code: 'request.rate_limited' });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
      const codes: number[] = [];
      for (let i = 0; i < 3; i++)
        codes.push((await small.call('POST', '/login', { body: { user: 'admin', password: small.password } })).statusCode);
      expect(codes).toEqual([200, 200, 429]);
      expect((await small.call('GET', '/!/healthz')).statusCode).toBe(200);
    } finally {
      await small.close();
    }
  });

  it('a session ends at its time', async () => {
    const clock = new FakeClock(Date.now());
    const short = await restSetup({ clock, env: { SLUICE_HTTP_SESSION_HOURS: '1' } });
    try {
      const token = await short.signIn('admin', short.password);
      await clock.advance(3_599_000);
      expect((await short.call('GET', '/me', { token })).statusCode).toBe(200);
      await clock.advance(1000);
      expect((await short.call('GET', '/me', { token })).statusCode).toBe(401);
    } finally {
      await short.close();
    }
  });
});

describe('beside the API', () => {
  it('health, readiness and metrics answer without signing in', async () => {
    expect((await setup.call('GET', '/!/healthz')).json()).toEqual({ ok: true });
    expect((await setup.call('GET', '/!/readyz')).json()).toMatchObject({ ready: true, checks: [{ name: 'state', ok: true }] });
    const metrics = await setup.call('GET', '/!/metrics');
    expect(metrics.headers['content-type']).toContain('text/plain');
    expect(metrics.body).toMatch(/sluice_http_requests_total\{route="me",status="2xx"\} \d+/);
  });

  it('the OpenAPI document lists every route that exists here', async () => {
    const document = (await setup.call('GET', '/openapi.json')).json<{
      openapi: string;
      paths: Record<string, Record<string, { operationId: string }>>;
    }>();
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path).map((operation) => operation.operationId));
    expect(operations).toContain('listProjects');
    expect(operations).not.toContain('listAlerts');
    expect(operations.every((operation) => operation in ROUTES)).toBe(true);
  });

  it('the console is served compressed, under a strict policy, hashed assets for ever and index.html never from a cache unasked', async () => {
    const page = await setup.call('GET', '/!/', { headers: { 'accept-encoding': 'br, gzip' } });
    expect(brotliDecompressSync(page.rawPayload).toString()).toContain('<title>Sluice</title>');
    expect(page.headers).toMatchObject({ 'cache-control': 'no-cache', 'content-encoding': 'br', 'x-content-type-options': 'nosniff' });
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("style-src 'self' 'unsafe-inline'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe-eval');
    const asset = await setup.call('GET', '/!/assets/main-abc123.js', { headers: { 'accept-encoding': 'gzip' } });
    expect(gunzipSync(asset.rawPayload).toString()).toContain('console.log');
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(
      (
        await setup.call('GET', '/!/assets/main-abc123.js', {
          headers: { 'accept-encoding': 'gzip', 'if-none-match': String(asset.headers['etag']) },
        })
      ).statusCode,
    ).toBe(304);
    expect((await setup.call('GET', '/!/search/alpha?q=1')).body).toContain('<title>Sluice</title>');
    expect((await setup.call('GET', '/!/detection-rules/aws.root_login')).body).toContain('<title>Sluice</title>');
    expect((await setup.call('GET', '/!/..%2f..%2f..%2fetc%2fpasswd')).body).toBe('<!doctype html><title>Sluice</title>');
    expect((await setup.call('GET', '/!/.built-from')).body).not.toContain('not for anyone');
    for (const path of ['/assets/none.js', '/assets/..%2f..%2fx', '/%2e%2e/%2e%2e/etc/passwd.txt'])
      expect((await setup.call('GET', `/!${path}`)).statusCode, path).toBe(404);
  });
});
