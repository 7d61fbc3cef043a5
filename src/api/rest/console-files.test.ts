import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleFiles } from './console-files.ts';

describe('the files of the console', () => {
  let folder: string;
  let builds = 0;

  /** Writes a build as the bundler does: the folder emptied, new names for what changed, the same name for index.html. */
  const build = (asset: string): void => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, 'assets'), { recursive: true });
    writeFileSync(join(folder, 'index.html'), `<script src="/assets/${asset}"></script>`);
    writeFileSync(join(folder, 'assets', asset), `built(${JSON.stringify(asset)})`);
    builds += 1;
    utimesSync(join(folder, 'index.html'), 1_700_000_000 + builds, 1_700_000_000 + builds);
  };
  const text = async (files: ConsoleFiles, path: string): Promise<string | null> => (await files.find(path, ''))?.body.toString() ?? null;

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'sluice-console-files-')), 'dist');
  });
  afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }));

  it('serves a page of the router as index.html, and nothing for a file that is not there', async () => {
    build('main-1.js');
    const files = new ConsoleFiles(folder);
    expect(await text(files, '/rules')).toContain('main-1.js');
    expect(await text(files, '/detection-rules/aws.root_login')).toContain('main-1.js');
    expect(await text(files, '/assets/main-1.js')).toBe('built("main-1.js")');
    expect(await text(files, '/assets/other.js')).toBeNull();
    expect(await text(files, '/assets/../../etc/passwd.txt')).toBeNull();
  });

  it('serves a new build without a restart, and of the old one nothing, whether it was asked for before or not', async () => {
    build('main-1.js');
    const files = new ConsoleFiles(folder);
    expect(await text(files, '/')).toContain('main-1.js');
    expect(await text(files, '/assets/main-1.js')).not.toBeNull();
    build('main-2.js');
    expect(await text(files, '/assets/main-1.js')).toBeNull();
    expect(await text(files, '/')).toContain('main-2.js');
    expect(await text(files, '/assets/main-2.js')).toBe('built("main-2.js")');
    build('main-3.js');
    expect(await text(files, '/assets/main-2.js')).toBeNull();
    expect(await text(files, '/overview')).toContain('main-3.js');
  });

  it('finds a console that is built after the start, and knows when it is gone', async () => {
    const files = new ConsoleFiles(folder);
    expect(await text(files, '/')).toBeNull();
    build('main-1.js');
    expect(await text(files, '/')).toContain('main-1.js');
    rmSync(folder, { recursive: true });
    expect(await text(files, '/')).toBeNull();
    expect(files.built).toBe(false);
  });
});
