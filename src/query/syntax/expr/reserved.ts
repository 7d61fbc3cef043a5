/** Words that cannot be a bare name in an expression (Presto's reserved words, without those SLS templates use as names). */
export const RESERVED: ReadonlySet<string> = new Set(
  `alter and as between by case cast constraint create cross cube current_date current_time current_timestamp current_user deallocate
  delete describe distinct drop else end escape except execute exists extract false for from full group grouping having in inner insert
  intersect into is join left like localtime localtimestamp natural normalize not null on or order outer prepare right rollup select
  table then true uescape union unnest using values when where with`.split(/\s+/),
);
