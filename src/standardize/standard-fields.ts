import { CLASS_TABLES, classTable } from './class-table.ts';
import { observableType } from './event-select.ts';
import { observableTypeName, ocsfCategory, ocsfClass, ocsfPath } from './ocsf-schema.ts';

/** One field of a standardized structure, for the panel "View Standard Fields" and the reference page. */
export interface StandardField {
  readonly path: string;
  /** OCSF type; '' for the fields that Sluice adds. */
  readonly type: string;
  readonly list: boolean;
  readonly requirement: 'required' | 'recommended' | 'optional' | 'ours';
  /** Captions of an enum by id. */
  readonly values: Readonly<Record<string, string>>;
  /** What the value is an observable of (`IP Address`); '' when it is none. */
  readonly observable: string;
}

/** A standardized structure (an OCSF class) with its category. */
export interface StandardStructure {
  readonly classUid: number;
  readonly structure: string;
  readonly categoryUid: number;
  readonly category: string;
  readonly table: string;
}

/** Every structure, by category and class. */
export function standardStructures(): readonly StandardStructure[] {
  return [...CLASS_TABLES.values()].map((table) => {
    const category = ocsfCategory(ocsfClass(table.classUid));
    return {
      classUid: table.classUid,
      structure: table.caption,
      categoryUid: category.uid,
      category: category.caption,
      table: table.table,
    };
  });
}

/** The fields of one structure. @throws request.not_found */
export function standardFields(classUid: number): readonly StandardField[] {
  return classTable(classUid).columns.map((column) => {
    const observable = column.requirement === 'ours' ? null : observableType(classUid, column.path);
    return {
      path: column.path,
      type: column.ocsf,
      list: column.kind === 'texts' || column.kind === 'numbers',
      requirement: column.requirement,
      values: ocsfPath(classUid, column.path)?.attribute.e ?? {},
      observable: observable === null ? '' : observableTypeName(observable),
    };
  });
}
