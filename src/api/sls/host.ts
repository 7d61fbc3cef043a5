import { isIP } from 'node:net';

/** Where a call goes: `/logstores?x=1` of `http://demo.sls.local/logstores?x=1` or of an ordinary request line. */
export interface Target {
  /** Without port, lower case; '' when there is none. */
  readonly host: string;
  /** Percent-encoded, begins with `/`. */
  readonly path: string;
  /** Without `?`. */
  readonly query: string;
}

/** Splits a request line's target; absolute form wins over the Host header (sls-api §1.1). Null: it is neither form. */
export function parseTarget(url: string, hostHeader: string): Target | null {
  let rest = url;
  let authority = hostHeader;
  if (!url.startsWith('/')) {
    const match = /^https?:\/\/([^/?#]*)([^#]*)/i.exec(url);
    if (match === null) return null;
    authority = match[1] as string;
    rest = match[2] === '' ? '/' : (match[2] as string);
    if (rest.startsWith('?')) rest = `/${rest}`;
  }
  const mark = rest.indexOf('?');
  return {
    host: hostOf(authority),
    path: mark < 0 ? rest : rest.slice(0, mark),
    query: mark < 0 ? '' : rest.slice(mark + 1),
  };
}

export interface HostRules {
  /** Hosts behind which a project may stand. */
  readonly baseEndpoints: readonly string[];
  /** Project bound to a custom domain; null: none. */
  readonly domain: (host: string) => string | null;
  /** True when there is such a project: decides for hosts nobody configured. */
  readonly isProject: (name: string) => boolean;
}

/** `cn-hangzhou`, `ap-southeast-1-internal`: the label before the vendor's base that names no project. */
const REGION = /^(?:cn|ap|us|eu|me|na|sa|af|rus|ru)-[a-z0-9-]+$/;

/** The project a call is for, or null when its host names none; `header` is `x-log-project`. */
export function projectOfHost(host: string, header: string | undefined, rules: HostRules): string | null {
  const fromHeader = header === undefined || header === '' ? null : header;
  let base: string | null = null;
  for (const endpoint of rules.baseEndpoints) {
    if ((host === endpoint || host.endsWith(`.${endpoint}`)) && (base === null || endpoint.length > base.length)) base = endpoint;
  }
  if (base !== null) {
    if (host === base) return fromHeader;
    const prefix = host.slice(0, -base.length - 1);
    const dot = prefix.indexOf('.');
    if (dot < 0 && base.endsWith('aliyuncs.com') && REGION.test(prefix)) return fromHeader;
    return dot < 0 ? prefix : prefix.slice(0, dot);
  }
  const bound = rules.domain(host);
  if (bound !== null) return bound;
  if (host === '' || host === 'localhost' || isIP(host) !== 0) return fromHeader;
  const dot = host.indexOf('.');
  if (dot > 0) {
    const label = host.slice(0, dot);
    const rest = host.slice(dot + 1);
    if (rest === 'localhost' || isIP(rest) === 4) return label;
    if (fromHeader === null && rules.isProject(label)) return label;
  }
  return fromHeader;
}

function hostOf(authority: string): string {
  const at = authority.lastIndexOf('@');
  const text = authority.slice(at + 1).toLowerCase();
  if (text.startsWith('[')) return text.slice(1, Math.max(1, text.indexOf(']')));
  const colon = text.indexOf(':');
  const host = colon < 0 ? text : text.slice(0, colon);
  return host.endsWith('.') ? host.slice(0, -1) : host;
}
