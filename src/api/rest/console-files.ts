import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
};

/** Compressed already. */
const PACKED = new Set(['.png', '.woff2', '.ico']);

/** Nothing but our own scripts runs, nothing frames us, nothing is loaded from elsewhere. antd writes its styles into the page, hence 'unsafe-inline' for those. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

export interface ConsoleFile {
  readonly type: string;
  readonly cacheControl: string;
  readonly etag: string;
  readonly body: Buffer;
  readonly encoding: 'br' | 'gzip' | null;
}

interface Known {
  readonly path: string;
  readonly modifiedMs: number;
}

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

/** Answers null where there is no such file (any more). */
async function orGone<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw thrown;
  }
}

/**
 * The files of the built console. Only files found by walking the folder are ever opened: no path of a request reaches the file system.
 * Each is compressed once, on its first request, and kept in memory (some megabytes in all). The console may be built anew while the server
 * runs: what changed is read again, what is gone is not served from memory either, so that a page and its scripts are of one build.
 */
export class ConsoleFiles {
  readonly #folder: string;
  #known = new Map<string, Known>();
  readonly #made = new Map<string, Promise<ConsoleFile>>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#look();
  }

  get built(): boolean {
    return this.#known.has('/index.html');
  }

  /**
   * @param path of the URL, decoded; a path of the console's router answers index.html. Null: there is no such file, or no console
   * @param accepts the header Accept-Encoding
   */
  async find(path: string, accepts: string): Promise<ConsoleFile | null> {
    const name = path.endsWith('/') ? `${path}index.html` : path;
    // Names of things in the console's addresses may have dots (`/detection-rules/aws.root_login`): only what looks like a file must be one.
    const isFile = name.startsWith('/assets/') || extname(name) in TYPES;
    const asKnown = async (): Promise<ConsoleFile | null> => {
      const found = this.#known.has(name) || (isFile && name !== '/index.html') ? name : '/index.html';
      const known = this.#known.get(found);
      return known === undefined ? null : await this.#current(found, known, accepts);
    };
    const file = await asKnown();
    if (file !== null) return file;
    this.#look();
    return await asKnown();
  }

  /** Null: the file is not the one that was listed, or is gone. */
  async #current(name: string, known: Known, accepts: string): Promise<ConsoleFile | null> {
    const now = await orGone(stat(known.path));
    if (now?.mtimeMs !== known.modifiedMs) return null;
    const encoding = PACKED.has(extname(name)) ? null : /\bbr\b/.test(accepts) ? 'br' : /\bgzip\b/.test(accepts) ? 'gzip' : null;
    const key = `${encoding ?? ''}:${name}:${known.modifiedMs}`;
    let file = this.#made.get(key);
    if (file === undefined) {
      file = this.#make(name, known, encoding);
      this.#made.set(key, file);
      // What could not be made is tried again by the next request.
      file.catch(() => this.#made.delete(key));
    }
    return await orGone(file);
  }

  async #make(name: string, known: Known, encoding: ConsoleFile['encoding']): Promise<ConsoleFile> {
    const plain = await readFile(known.path);
    const body =
      encoding === 'br'
        ? await brotli(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } })
        : encoding === 'gzip'
          ? await zip(plain, { level: 6 })
          : plain;
    return {
      type: TYPES[extname(name)] ?? 'application/octet-stream',
      // The build puts a hash of the content into the names of its assets; index.html names them and so must always be asked for.
      cacheControl: name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      body,
      encoding,
    };
  }

  #look(): void {
    const known = new Map<string, Known>();
    const walk = (folder: string): void => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        if (entry.name.startsWith('.')) continue;
        if (entry.isDirectory()) walk(path);
        else if (entry.isFile())
          known.set(`/${relative(this.#folder, path).split(sep).join('/')}`, { path, modifiedMs: statSync(path).mtimeMs });
      }
    };
    try {
      walk(this.#folder);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
    }
    this.#known = known;
    const kept = new Set([...known].map(([name, { modifiedMs }]) => `:${name}:${modifiedMs}`));
    for (const key of this.#made.keys()) if (!kept.has(key.slice(key.indexOf(':')))) this.#made.delete(key);
  }
}
