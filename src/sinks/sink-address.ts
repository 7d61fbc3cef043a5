import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { SluiceError } from '../core/errors.ts';
import { nearestName } from '../core/nearest-name.ts';

/** `syslog+tls://siem.example:6514/?format=rfc3164` taken apart. */
export interface SinkAddress {
  /** `syslog+tls` */
  readonly scheme: string;
  /** `host:port` of each receiver, as written. */
  readonly hosts: readonly string[];
  /** Without the slash in front; '' when there is none. */
  readonly path: string;
  readonly options: ReadonlyMap<string, string>;
}

/** Variables of the environment that hold options of the receiver: `SLUICE_SINK_TOKEN` is the option `token`, `SLUICE_SINK_TOKEN_FILE` the file that holds it. */
export const SINK_VARIABLE = 'SLUICE_SINK_';
/** The address itself, where no argument names it. */
export const SINK_URL_VARIABLE = 'SLUICE_SINK_URL';

/** @throws config.invalid */
export function parseSinkAddress(text: string): SinkAddress {
  const match = /^([a-z0-9-]+(?:\+[a-z]+)?):\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?$/i.exec(text.trim());
  const [, scheme, authority, path, query] = match ?? [];
  if (scheme === undefined || authority === undefined)
    throw new SluiceError(
      'config.invalid',
      `the receiver ${JSON.stringify(text)} is no address, expected SCHEME://HOST:PORT?OPTION=VALUE`,
      {},
    );
  // What stands in front of an @ is a password sooner or later, and arguments are seen by every user of the machine: the text is not repeated.
  if (authority.includes('@'))
    throw new SluiceError(
      'config.invalid',
      `an address of a receiver holds no user and no password: set ${SINK_VARIABLE}TOKEN, or the variables its page names`,
      {},
    );
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query ?? '')) {
    if (options.has(name))
      throw new SluiceError('config.invalid', `the option ${name} of the receiver stands there twice`, { option: name });
    options.set(name, value);
  }
  return { scheme: scheme.toLowerCase(), hosts: authority === '' ? [] : authority.split(','), path: (path ?? '').slice(1), options };
}

export interface OptionSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly default?: unknown;
  readonly unit?: string;
  readonly description?: string;
  readonly secret?: boolean;
}

/** The options of a receiver's settings, as JSON Schema has them. */
export function optionsOf(schema: z.ZodType): ReadonlyMap<string, OptionSchema> {
  const { properties } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as { properties?: Record<string, OptionSchema> };
  return new Map(Object.entries(properties ?? {}));
}

/** `caFile` → `SLUICE_SINK_CA_FILE` */
export function variableOfOption(option: string): string {
  return `${SINK_VARIABLE}${option.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toUpperCase()}`;
}

/**
 * The settings of a receiver from its address and `SLUICE_SINK_*`; the address wins. Secrets come from the environment or a file only.
 * @param given what the address itself says (host, port, path)
 * @throws config.invalid with everything that is wrong
 */
export function sinkConfig<C>(
  schema: z.ZodType<C>,
  given: Readonly<Record<string, unknown>>,
  address: SinkAddress,
  env: Readonly<Record<string, string | undefined>>,
): C {
  const known = optionsOf(schema);
  const problems: string[] = [];
  const config: Record<string, unknown> = {};
  const set = (name: string, text: string, where: string): void => {
    const option = known.get(name);
    if (option === undefined) return;
    const value = valueOf(text, option);
    if (value === undefined) problems.push(`${where}: expected ${option.type === 'object' ? 'a map, a:b,c:d' : String(option.type)}`);
    else config[name] = value;
  };
  const byVariable = new Map([...known.keys()].map((name) => [variableOfOption(name), name]));
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(SINK_VARIABLE) || variable === SINK_URL_VARIABLE || text === undefined || text === '') continue;
    const name = byVariable.get(variable);
    if (name !== undefined) {
      set(name, text, variable);
      continue;
    }
    const fromFile = variable.endsWith('_FILE') ? byVariable.get(variable.slice(0, -'_FILE'.length)) : undefined;
    if (fromFile === undefined) {
      const near = nearestName(variable, byVariable.keys());
      problems.push(`${variable}: is no option of this receiver${near === null ? '' : `; did you mean ${near}?`}`);
      continue;
    }
    try {
      set(fromFile, readFileSync(text, 'utf8').trim(), variable);
    } catch (thrown) {
      problems.push(`${variable}: ${text} cannot be read (${(thrown as NodeJS.ErrnoException).code ?? String(thrown)})`);
    }
  }
  for (const [name, text] of address.options) {
    const option = known.get(name);
    if (name in given) problems.push(`${name}: is told by the address itself`);
    else if (option === undefined) {
      const near = nearestName(name, known.keys());
      problems.push(
        `${name}: is no option of this receiver${near === null ? `, expected one of ${[...known.keys()].join(', ')}` : `; did you mean ${near}?`}`,
      );
    } else if (option.secret === true)
      problems.push(`${name}: is a secret, and arguments are seen by every user of the machine: set ${variableOfOption(name)}`);
    else set(name, text, name);
  }
  Object.assign(config, given);
  const parsed = schema.safeParse(config);
  if (!parsed.success)
    for (const issue of parsed.error.issues) {
      const name = issue.path.map(String).join('.');
      // What was named wrong is told already.
      if (problems.some((problem) => problem.startsWith(`${name}:`))) continue;
      const missing = issue.code === 'invalid_type' && config[String(issue.path[0])] === undefined;
      const how = known.get(String(issue.path[0]))?.secret === true ? variableOfOption(String(issue.path[0])) : `?${name}=`;
      problems.push(`${name === '' ? 'receiver' : name}: ${missing ? `is missing, set ${how}` : issue.message}`);
    }
  if (problems.length > 0 || !parsed.success)
    throw new SluiceError('config.invalid', `the receiver ${address.scheme}: ${problems.join('\n  ')}`, { problems });
  return parsed.data;
}

/** Text as a value of the option's type; undefined: it is none. */
function valueOf(text: string, { type }: OptionSchema): unknown {
  switch (type) {
    case 'integer':
    case 'number': {
      const number = Number(text);
      return text.trim() === '' || !Number.isFinite(number) ? undefined : number;
    }
    case 'boolean':
      if (/^(1|true|yes|on)$/i.test(text)) return true;
      return /^(0|false|no|off)$/i.test(text) ? false : undefined;
    case 'array':
      return text === '' ? [] : text.split(',');
    case 'object': {
      const pairs = text.split(',').map((pair) => /^([^:]+):(.*)$/.exec(pair));
      return pairs.includes(null) ? undefined : Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]]));
    }
    default:
      return text;
  }
}

/** `host:port` with the port a protocol has when none is written; brackets of IPv6 are taken off. @throws config.invalid */
export function hostAndPort(text: string | undefined, portByDefault: number): { readonly host: string; readonly port: number } {
  const match = /^(\[[0-9a-f:.%]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/i.exec(text ?? '');
  const port = match?.[2] === undefined ? portByDefault : Number(match[2]);
  if (match?.[1] === undefined || port < 1 || port > 65_535)
    throw new SluiceError('config.invalid', `${JSON.stringify(text ?? '')} is no receiver, expected HOST or HOST:PORT`, { host: text });
  return { host: match[1].replace(/^\[|\]$/g, ''), port };
}
