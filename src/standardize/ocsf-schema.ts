import { readFileSync } from 'node:fs';
import { SluiceError } from '../core/errors.ts';

/** One attribute as the flattened schema file has it: short keys, explained in its `$comment`. */
export interface OcsfAttribute {
  /** Type (`string_t` …) or name of an object. */
  readonly t: string;
  /** q required, m recommended, o optional. */
  readonly r: 'q' | 'm' | 'o';
  /** 1: an array. */
  readonly a?: number;
  /** The attribute applies only when this profile is enabled. */
  readonly p?: string;
  /** Enum id → caption. */
  readonly e?: Readonly<Record<string, string>>;
  /** Observable type id of the attribute. */
  readonly o?: number;
  /** Deprecated since. */
  readonly d?: string;
  /** The sibling that holds the caption of an id. */
  readonly s?: string;
}

export interface OcsfClass {
  readonly class_uid: number;
  readonly caption: string;
  readonly category: string;
  readonly profiles: readonly string[];
  readonly attributes: Readonly<Record<string, OcsfAttribute>>;
}

export interface OcsfObject {
  readonly caption: string;
  readonly attributes: Readonly<Record<string, OcsfAttribute>>;
}

interface OcsfFile {
  readonly ocsf_version: string;
  readonly categories: Readonly<Record<string, { readonly uid: number; readonly caption: string }>>;
  readonly observable_types: Readonly<Record<string, string>>;
  readonly classes: Readonly<Record<string, OcsfClass>>;
  readonly objects: Readonly<Record<string, OcsfObject>>;
}

/** OCSF 1.8.0 (Apache-2.0), flattened: every class we may make, the objects it reaches. The file says where it is from. */
const file = JSON.parse(readFileSync(new URL('../../content/standardization/ocsf-1.8.0.json', import.meta.url), 'utf8')) as OcsfFile;

export const OCSF_VERSION = file.ocsf_version;

/** What stands at a path of a class. */
export interface OcsfPath {
  readonly attribute: OcsfAttribute;
  /** Path of the array of objects that holds the leaf, '' when none: `resources` of `resources.uid`. */
  readonly list: string;
  /** Profiles that the path needs (`cloud`, `security_control` …). */
  readonly profiles: readonly string[];
}

const byUid = new Map(Object.values(file.classes).map((one) => [one.class_uid, one]));

/** @throws internal.unexpected when OCSF 1.8 has no such class */
export function ocsfClass(classUid: number): OcsfClass {
  const found = byUid.get(classUid);
  if (found === undefined) throw new SluiceError('internal.unexpected', `OCSF ${OCSF_VERSION} has no class ${classUid}`, { classUid });
  return found;
}

export function ocsfCategory(one: OcsfClass): { readonly uid: number; readonly caption: string } {
  const found = file.categories[one.category];
  if (found === undefined) throw new SluiceError('internal.unexpected', `OCSF ${OCSF_VERSION} has no category ${one.category}`);
  return found;
}

/** `IP Address` of 2. */
export function observableTypeName(typeId: number): string {
  // The file has the attribute in front of the caption: `ip_t IP Address`, `cmd_line Command Line`.
  return file.observable_types[String(typeId)]?.replace(/^[a-z._]+ (?=[A-Z])/, '') ?? 'Unknown';
}

/** Follows a dotted path from a class; null when OCSF has no such attribute, or when it goes through two arrays (a column cannot hold that). */
export function ocsfPath(classUid: number, path: string): OcsfPath | null {
  let attributes = ocsfClass(classUid).attributes;
  let list = '';
  const profiles: string[] = [];
  const segments = path.split('.');
  for (const [index, segment] of segments.entries()) {
    const attribute = attributes[segment];
    if (attribute === undefined) return null;
    if (attribute.p !== undefined && !profiles.includes(attribute.p)) profiles.push(attribute.p);
    if (index === segments.length - 1) return attribute.a === 1 && list !== '' ? null : { attribute, list, profiles };
    if (attribute.a === 1) {
      if (list !== '') return null;
      list = segments.slice(0, index + 1).join('.');
    }
    const object = file.objects[attribute.t];
    if (object === undefined) return null;
    attributes = object.attributes;
  }
  return null;
}

/** Caption of an enum value, '' when it has none. */
export function enumCaption(attribute: OcsfAttribute, value: number): string {
  return attribute.e?.[String(value)] ?? '';
}
