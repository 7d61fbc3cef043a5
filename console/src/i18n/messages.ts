/**
 * The shape a translation must have: every key of the English file, plural forms reduced to `_other` (Chinese has one form).
 * A missing or misspelt key in a translation is a type error.
 */
export type Translation<T> = {
  readonly [K in keyof T as K extends `${string}_one` ? never : K]: T[K] extends string ? string : Translation<T[K]>;
};
