import type { SlsOperation, SlsQuery } from './operation.ts';
import { SlsError } from './sls-error.ts';

export interface Routed {
  readonly operation: SlsOperation;
  readonly params: Readonly<Record<string, string>>;
}

interface Compiled {
  readonly operation: SlsOperation;
  /** Literal text, or null for a `{part}`. */
  readonly literals: readonly (string | null)[];
  readonly names: readonly string[];
  readonly where: readonly (readonly [string, readonly string[]])[];
}

/** Finds the operation of a request among a list of them; see SlsOperation for the order. */
export class Router {
  readonly #bySize = new Map<string, Compiled[]>();
  readonly #methods = new Set<string>();

  constructor(operations: readonly SlsOperation[]) {
    for (const operation of operations) {
      const parts = operation.path === '/' ? [] : operation.path.slice(1).split('/');
      const compiled: Compiled = {
        operation,
        literals: parts.map((part) => (part.startsWith('{') ? null : part)),
        names: parts.map((part) => (part.startsWith('{') ? part.slice(1, -1) : '')),
        where: Object.entries(operation.where ?? {}),
      };
      this.#methods.add(operation.method);
      const key = `${operation.method} ${parts.length}`;
      this.#bySize.set(key, [...(this.#bySize.get(key) ?? []), compiled]);
    }
    const literals = (c: Compiled): number => c.literals.filter((part) => part !== null).length;
    for (const list of this.#bySize.values()) list.sort((a, b) => literals(b) - literals(a) || b.where.length - a.where.length);
  }

  /** @throws SlsError InvalidMethod when the path is known for another method, InvalidHost when only the host is wrong, else NotFound */
  route(method: string, path: string, query: SlsQuery, project: string | null): Routed {
    const parts = path === '/' ? [] : path.slice(1).split('/');
    const found = this.#find(method, parts, query, project);
    if (found !== null) return found;
    if (this.#matches(method, parts)) {
      if (this.#find(method, parts, query, project === null ? 'any' : null) !== null) {
        throw project === null
          ? new SlsError('InvalidHost', `${method} ${path} needs a host that names a project, as in project.endpoint`)
          : new SlsError('InvalidHost', `${method} ${path} is called on the endpoint itself, not on a project`);
      }
      throw new SlsError(
        'ParameterInvalid',
        `parameter type or action of ${method} ${path} is unknown: ${query.get('type') ?? query.get('action') ?? ''}`,
      );
    }
    const bare = parts.length > 0 && parts.at(-1) === '' ? parts.slice(0, -1) : parts;
    for (const other of this.#methods) {
      if ((other !== method || bare !== parts) && this.#matches(other, bare)) {
        throw new SlsError('InvalidMethod', `${method} is not allowed on ${path}`, 405);
      }
    }
    throw new SlsError('NotFound', `${method} ${path} is no operation of this API`, 404);
  }

  /** True when some operation that browsers may call has this path. */
  allowsCors(path: string): boolean {
    const parts = path.slice(1).split('/');
    for (const method of this.#methods) {
      for (const compiled of this.#bySize.get(`${method} ${parts.length}`) ?? []) {
        if (compiled.operation.cors === true && paramsOf(compiled, parts) !== null) return true;
      }
    }
    return false;
  }

  #matches(method: string, parts: readonly string[]): boolean {
    return (this.#bySize.get(`${method} ${parts.length}`) ?? []).some((compiled) => paramsOf(compiled, parts) !== null);
  }

  #find(method: string, parts: readonly string[], query: SlsQuery, project: string | null): Routed | null {
    for (const compiled of this.#bySize.get(`${method} ${parts.length}`) ?? []) {
      const { operation } = compiled;
      if (operation.host === 'project' && project === null) continue;
      if (operation.host === 'account' && project !== null) continue;
      const params = paramsOf(compiled, parts);
      if (params === null) continue;
      const fits = compiled.where.every(([name, values]) => {
        const value = query.get(name);
        return value === undefined ? values.length === 0 : values.includes(value);
      });
      if (fits) return { operation, params };
    }
    return null;
  }
}

function paramsOf(compiled: Compiled, parts: readonly string[]): Record<string, string> | null {
  const { literals, names } = compiled;
  for (let i = 0; i < literals.length; i++) {
    if (literals[i] === null ? parts[i] === '' : literals[i] !== parts[i]) return null;
  }
  const params: Record<string, string> = {};
  for (let i = 0; i < literals.length; i++) {
    if (literals[i] === null) params[names[i] as string] = decodePart(parts[i] as string);
  }
  return params;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // Not UTF-8: no resource has such a name, and the lookup will say so.
    return part;
  }
}
