import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROUTES, pathOf } from './contract/routes.ts';
import type { RouteSpec } from './contract/base.ts';
import { groupRoutes, operationOf, reaches, resourceOf } from './routing.ts';

const groups = groupRoutes(ROUTES);

describe('groupRoutes and operationOf', () => {
  it('lead the path a client makes back to the operation and its parameters, whatever characters those have', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.entries(ROUTES)), fc.string({ minLength: 1, maxLength: 20 }), ([operation, spec], text) => {
        const names = [...spec.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
        // Dot segments are taken away by every HTTP client before they are sent.
        fc.pre(text !== '.' && text !== '..' && text.isWellFormed());
        const params = Object.fromEntries(names.map((name) => [name, text]));
        const path = pathOf(spec, params);
        const group = groups.find((candidate) => candidate.method === spec.method && candidate.pattern.test(path));
        expect(group).toBeDefined();
        const meant = groups
          .filter((candidate) => candidate.method === spec.method && reaches(candidate, path))
          .map((candidate) => operationOf(candidate, path, params));
        expect(meant).toContainEqual({ operation, params });
      }),
      { numRuns: 500 },
    );
  });

  it('keep ids that contain colons apart from verbs', () => {
    const jobs = groups.find((group) => group.verbs.has('restart'));
    expect(jobs?.path).toBe('/api/v1/jobs/:name');
    if (jobs === undefined) return;
    expect(operationOf(jobs, '/api/v1/jobs/step:index:restart', { name: 'x' })).toEqual({
      operation: 'restartJob',
      params: { name: 'step:index' },
    });
    expect(operationOf(jobs, '/api/v1/jobs/step%3Aindex:stop', { name: 'x' })).toEqual({
      operation: 'stopJob',
      params: { name: 'step:index' },
    });
    expect(operationOf(jobs, '/api/v1/jobs/step:index', { name: 'x' })).toBeNull();
    expect(operationOf(jobs, '/api/v1/jobs/:restart', { name: 'x' })).toBeNull();
  });
});

describe('ROUTES', () => {
  it('say who may call, answer 201 from creates only, and keep every change in the audit trail', () => {
    const readOnlyPosts = new Set([
      'query',
      'histogram',
      'context',
      'testDetectionRule',
      'testStandardizationRule',
      'verifyAudit',
      'doctor',
    ]);
    for (const [name, spec] of Object.entries(ROUTES) as [string, RouteSpec][]) {
      if (spec.method !== 'GET' && !readOnlyPosts.has(name)) expect(spec.audit, name).toMatch(/^[a-z-]+\.[a-z-]+$/);
      if (spec.method === 'GET') expect(spec.body, name).toBeUndefined();
      if (spec.status === 201) expect(spec.method, name).toBe('POST');
      if (spec.role === 'none') expect(['login', 'openSession', 'version'], name).toContain(name);
      expect(new Set([...spec.path.matchAll(/\{(\w+)\}/g)].map(([, param]) => param)), name).toEqual(
        new Set(Object.keys(spec.params?.shape ?? {})),
      );
    }
  });

  it('name the thing of an audit record', () => {
    expect(resourceOf(ROUTES.updateLogstore, { project: 'p', logstore: 'l' }, {})).toBe('project/p/logstore/l');
    expect(resourceOf(ROUTES.createProject, {}, { name: 'p' })).toBe('project/p');
    expect(resourceOf(ROUTES.splitShard, { project: 'p', logstore: 'l', shard: '3' }, {})).toBe('project/p/logstore/l/shard/3');
    expect(resourceOf(ROUTES.mergeSecurityEvents, { id: 'SE-1' }, {})).toBe('security-event/SE-1');
    expect(resourceOf(ROUTES.login, {}, { user: 'admin', password: 'x' })).toBe('login/admin');
  });
});
