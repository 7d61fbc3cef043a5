import { existsSync, readFileSync } from 'node:fs';
import { isMap, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { SluiceError } from '../core/errors.ts';
import { nearestName } from '../core/nearest-name.ts';
import { checkTogether } from './check-together.ts';
import { ALIASES, OTHER_VARIABLES, settingList, SINK_VARIABLES, type Setting } from './setting-list.ts';
import { settingsSchema, type Settings } from './settings.ts';

/** One thing wrong with the settings. */
export interface Problem {
  /** `SLUICE_HTTP_PORT`, `sluice.yaml:12`. */
  readonly where: string;
  /** `http.port`, or what was written there. */
  readonly name: string;
  readonly message: string;
}

export type Origin = 'default' | 'file' | 'environment';

export interface LoadedSettings {
  readonly settings: Settings;
  /** Where each setting comes from, by name; absent: its default. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** The file that was read; null: none. */
  readonly file: string | null;
}

export interface LoadOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Read instead of `SLUICE_CONFIG` and `sluice.yaml`. Must exist. */
  readonly file?: string;
  /** Values by setting name that win over everything (flags of the command). */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

const DEFAULT_FILE = 'sluice.yaml';
const SETTINGS = settingList();
const BY_NAME = new Map(SETTINGS.map((setting) => [setting.name, setting]));
const BY_VARIABLE = new Map<string, Setting>([
  ...SETTINGS.map((setting): [string, Setting] => [setting.variable, setting]),
  ...Object.entries(ALIASES).flatMap(([variable, name]): [string, Setting][] => {
    const setting = BY_NAME.get(name);
    return setting === undefined ? [] : [[variable, setting]];
  }),
]);

type Tree = { [key: string]: unknown };

function put(tree: Tree, path: readonly string[], value: unknown): void {
  let at = tree;
  for (const key of path.slice(0, -1)) {
    const next = at[key];
    if (typeof next === 'object' && next !== null && !Array.isArray(next)) at = next as Tree;
    else at = at[key] = {};
  }
  const last = path.at(-1);
  if (last !== undefined) at[last] = value;
}

/** Text of the environment as a value of the setting's type; a string says what is wrong with it. */
function valueOf(setting: Setting, text: string): { readonly value: unknown } | string {
  const shown = setting.secret ? 'the value' : JSON.stringify(text);
  switch (setting.type) {
    case 'integer':
    case 'number': {
      const number = Number(text);
      if (text.trim() === '' || !Number.isFinite(number)) return `${shown} is no number`;
      return { value: number };
    }
    case 'boolean':
      if (/^(1|true|yes|on)$/i.test(text)) return { value: true };
      if (/^(0|false|no|off)$/i.test(text)) return { value: false };
      return `${shown} is neither 1 nor 0 (nor true, false, yes, no, on, off)`;
    case 'list':
    case 'object':
      if (/^\s*[[{]/.test(text)) {
        try {
          return { value: JSON.parse(text) as unknown };
        } catch (thrown) {
          return `the value begins like JSON and is none: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
        }
      }
      if (setting.type === 'object') return 'the value is no JSON object';
      return { value: text === '' ? [] : text.split(',').map((item) => item.trim()) };
    default:
      return { value: text };
  }
}

function fromEnvironment(env: LoadOptions['env'], tree: Tree, origins: Map<string, Origin>, problems: Problem[]): void {
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith('SLUICE_') || text === undefined || variable in OTHER_VARIABLES || variable.startsWith(SINK_VARIABLES))
      continue;
    const setting = BY_VARIABLE.get(variable);
    if (setting === undefined) {
      const near = nearestName(variable, [...BY_VARIABLE.keys(), ...Object.keys(OTHER_VARIABLES)]);
      problems.push({ where: variable, name: variable, message: `is no setting${near === null ? '' : `; did you mean ${near}?`}` });
      continue;
    }
    // An empty variable is how shells and compose files say "not set".
    if (text === '' && setting.type !== 'list') continue;
    const parsed = valueOf(setting, text);
    if (typeof parsed === 'string') problems.push({ where: variable, name: setting.name, message: parsed });
    else {
      put(tree, setting.path, parsed.value);
      origins.set(setting.name, 'environment');
    }
  }
}

/** `${env:NAME}` and `${file:path}` as whole values, so that secrets need not stand in the file. */
function dereferenced(text: string, env: LoadOptions['env']): string {
  const reference = /^\$\{(env|file):([^}]+)\}$/.exec(text);
  if (reference === null) return text;
  const [, kind, target = ''] = reference;
  if (kind === 'env') {
    const value = env[target];
    if (value === undefined) throw new Error(`the environment has no ${target}`);
    return value;
  }
  return readFileSync(target, 'utf8').trimEnd();
}

function fromFile(
  file: string,
  env: LoadOptions['env'],
  tree: Tree,
  origins: Map<string, Origin>,
  places: Map<string, string>,
  problems: Problem[],
): void {
  const lines = new LineCounter();
  const document: Document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number | undefined): string => (offset === undefined ? file : `${file}:${lines.linePos(offset).line}`);
  for (const error of document.errors) problems.push({ where: at(error.pos[0]), name: '', message: error.message.split('\n')[0] ?? '' });
  if (document.errors.length > 0 || document.contents === null) return;

  const sections = new Set(SETTINGS.flatMap((setting) => setting.path.slice(0, -1).map((_, i) => setting.path.slice(0, i + 1).join('.'))));
  const visit = (node: unknown, path: readonly string[]): void => {
    if (!isMap(node)) {
      problems.push({
        where: file,
        name: path.join('.'),
        message: `expected settings below ${path.length === 0 ? 'the top' : path.join('.')}, one a line`,
      });
      return;
    }
    for (const pair of node.items) {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      const here = [...path, key];
      const name = here.join('.');
      const where = at((pair.key as { range?: readonly number[] } | null)?.range?.[0]);
      if (sections.has(name)) {
        if (pair.value !== null && !(isScalar(pair.value) && pair.value.value === null)) visit(pair.value, here);
      } else if (!BY_NAME.has(name)) {
        const near = nearestName(name, [...BY_NAME.keys(), ...sections]);
        problems.push({ where, name, message: `is no setting${near === null ? '' : `; did you mean ${near}?`}` });
      } else {
        places.set(name, where);
        const value = (pair.value as { toJS?: (document: Document) => unknown } | null)?.toJS?.(document) ?? null;
        if (value === null) continue;
        try {
          put(tree, here, typeof value === 'string' ? dereferenced(value, env) : value);
          origins.set(name, 'file');
        } catch (thrown) {
          problems.push({ where, name, message: `cannot be looked up: ${thrown instanceof Error ? thrown.message : String(thrown)}` });
        }
      }
    }
  };
  visit(document.contents, []);
}

/**
 * Settings of the file, overridden by `SLUICE_*`, overridden by `overrides`. Everything wrong is told at once.
 * @throws config.invalid with details.problems; config.insecure_bind when only that is wrong
 */
export function loadSettings(options: LoadOptions): LoadedSettings {
  const tree: Tree = {};
  const origins = new Map<string, Origin>();
  const places = new Map<string, string>();
  const problems: Problem[] = [];
  const given = options.file ?? options.env['SLUICE_CONFIG'];
  let file: string | null = null;
  if (given !== undefined && given !== '') {
    if (existsSync(given)) file = given;
    else
      problems.push({ where: options.file === undefined ? 'SLUICE_CONFIG' : '--config', name: given, message: 'the file does not exist' });
  } else if (existsSync(DEFAULT_FILE)) file = DEFAULT_FILE;

  if (file !== null) fromFile(file, options.env, tree, origins, places, problems);
  fromEnvironment(options.env, tree, origins, problems);
  for (const [name, value] of Object.entries(options.overrides ?? {})) {
    if (value === undefined) continue;
    put(tree, name.split('.'), value);
    origins.set(name, 'environment');
  }

  const whereOf = (name: string): string => {
    if (origins.get(name) === 'environment') return variableNear(name, options.env);
    return places.get(name) ?? file ?? name;
  };
  const parsed = settingsSchema.safeParse(tree);
  if (!parsed.success)
    for (const issue of parsed.error.issues) {
      const name = issue.path.filter((part) => typeof part === 'string').join('.');
      problems.push({
        where: whereOf(name),
        name,
        message: issue.message.replace(/^Invalid input: /, '').replace(/^Too (small|big): /, ''),
      });
    }
  const insecure: Problem[] = [];
  if (parsed.success)
    for (const found of checkTogether(parsed.data)) {
      const problem = { where: whereOf(found.name), name: found.name, message: found.message };
      problems.push(problem);
      if (found.insecureBind) insecure.push(problem);
    }
  if (problems.length > 0 || !parsed.success) {
    const text = problems.map(
      (p) => `${p.where}: ${p.where === p.name || p.name === '' || p.where.startsWith('SLUICE_') ? '' : `${p.name} `}${p.message}`,
    );
    const code = insecure.length > 0 && insecure.length === problems.length ? 'config.insecure_bind' : 'config.invalid';
    throw new SluiceError(
      code,
      `${problems.length === 1 ? 'a setting is' : `${problems.length} settings are`} wrong:\n  ${text.join('\n  ')}`,
      { problems },
    );
  }
  return { settings: parsed.data, origins, file };
}

function variableNear(name: string, env: LoadOptions['env']): string {
  const alias = Object.entries(ALIASES).find(([variable, target]) => target === name && env[variable] !== undefined);
  return alias?.[0] ?? BY_NAME.get(name)?.variable ?? name;
}
