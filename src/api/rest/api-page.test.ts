import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { referencePages } from '../../../scripts/reference-pages.ts';
import { apiPage } from './api-page.ts';
import type { RouteSpec } from './contract/base.ts';
import { ROUTES } from './contract/routes.ts';
import { openApi } from './openapi.ts';

describe('docs/reference', () => {
  it.each(Object.entries(referencePages()))('%s is what the sources say; npm run docs writes it', (name, text) => {
    expect(readFileSync(join('docs', 'reference', name), 'utf8')).toBe(text);
  });

  it('lists every route', () => {
    const page = apiPage();
    for (const [operation, spec] of Object.entries(ROUTES) as [string, RouteSpec][]) {
      expect(page).toContain(`${spec.method} /api/v1${spec.path}`);
      expect(page).toContain(`(\`${operation}\`)`);
    }
  });
});

describe('openApi', () => {
  const document = openApi(ROUTES, '1') as {
    paths: Record<
      string,
      Record<
        string,
        {
          operationId: string;
          parameters: { in: string; name: string; required: boolean }[];
          responses: Record<string, unknown>;
          security?: unknown;
        }
      >
    >;
    components: { schemas: Record<string, unknown> };
  };
  const text = JSON.stringify(document);

  it('has only references that lead somewhere, and every component is used', () => {
    const references = new Set([...text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? ''));
    expect([...references].filter((name) => !(name in document.components.schemas))).toEqual([]);
    expect(Object.keys(document.components.schemas).filter((name) => !references.has(name))).toEqual([]);
    expect(text).not.toContain('$defs');
  });

  it('names each path parameter, its errors, and what needs no token', () => {
    for (const [path, operations] of Object.entries(document.paths))
      for (const operation of Object.values(operations)) {
        const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
        expect(inPath.map((parameter) => `{${parameter.name}}`).toSorted(), path).toEqual(
          [...path.matchAll(/\{\w+\}/g)].map(([name]) => name).toSorted(),
        );
        expect(inPath.every((parameter) => parameter.required)).toBe(true);
        expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['400', '429', '500']));
        expect(operation.security !== undefined).toBe(['login', 'openSession', 'version'].includes(operation.operationId));
      }
  });
});
