/**
 * All tables of the state database. Each room describes its own in `state/tables/<room>.ts` and is joined in here, and in `migrations.ts`.
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- rooms join by `extends`
export interface Schema {}
