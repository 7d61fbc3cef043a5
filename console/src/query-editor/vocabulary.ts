/** Words the editor colours and completes. The compiler on the server decides what exists; a word missing here is only not coloured. */
export const SEARCH_WORDS: ReadonlySet<string> = new Set(['and', 'or', 'not', 'in']);

export const SQL_WORDS: ReadonlySet<string> = new Set(
  (
    'select distinct from where group by order having limit offset as and or not in is null like ilike escape between case when then else end asc desc nulls first last ' +
    'with union all intersect except join inner left right full outer cross on using over partition rows range preceding following unbounded current row exists cast try_cast ' +
    'interval true false array map lambda unnest lateral values extract at time zone filter within grouping sets rollup cube'
  ).split(' '),
);

export const SPL_COMMANDS: readonly string[] = (
  'where extend project project-away project-rename project-csv expand-values pack-fields parse-regexp parse-csv parse-json parse-kv ' +
  'stats sort limit make-series union join lookup let export-to'
).split(' ');

export const SPL_WORDS: ReadonlySet<string> = new Set([
  ...SPL_COMMANDS,
  ...'and or not in is null like as by asc desc cast case when then else end true false on between'.split(' '),
]);

/** Offered in SQL and SPL; `(` is typed with them. */
export const FUNCTIONS: readonly string[] = (
  'count sum avg min max approx_distinct approx_percentile count_if max_by min_by arbitrary array_agg map_agg histogram stddev variance ' +
  'date_trunc date_format date_parse from_unixtime to_unixtime date_add date_diff now time_series ' +
  'concat length lower upper trim ltrim rtrim replace split split_part strpos substr regexp_like regexp_extract regexp_extract_all regexp_replace ' +
  'json_extract json_extract_scalar json_parse json_format json_array_length element_at cardinality contains ' +
  'coalesce nullif if try abs round floor ceil mod power sqrt ' +
  'ip_to_country ip_to_city ip_to_province ip_to_domain is_subnet_of url_extract_host url_extract_path url_extract_parameter url_decode url_encode to_base64 from_base64 md5 sha256 to_hex compare ts_compare'
).split(' ');
