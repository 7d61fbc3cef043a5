import { fn, refused, type Build, type FunctionEntry } from './define.ts';

const TOPIC = 'Conditions';
/** Lowered by the compiler itself: their arguments are not all computed. */
const special: Build = () => {
  throw new TypeError('special forms are lowered by the compiler');
};

export const CONDITIONAL_FUNCTIONS: readonly FunctionEntry[] = [
  fn(TOPIC, 'The second argument when the first is true, otherwise the third (or NULL).', [
    ['if(boolean, T): T?', special],
    ['if(boolean, T, T): T', special],
  ]),
  fn(TOPIC, 'The first argument that is not NULL; later ones are not computed.', [['coalesce(T...): T', special]]),
  fn(TOPIC, 'NULL when both arguments are equal, otherwise the first.', [['nullif(T, T): T?', special]]),
  fn(TOPIC, 'NULL where the expression cannot be computed.', [['try(T): T?', special]]),
  ...refused(
    'Machine learning',
    [
      'ts_smooth_simple',
      'ts_smooth_fir',
      'ts_smooth_iir',
      'ts_decompose',
      'ts_period_detect',
      'ts_period_classify',
      'ts_predicate_simple',
      'ts_predicate_ar',
      'ts_predicate_arma',
      'ts_predicate_arima',
      'ts_regression_predict',
      'series_forecast',
      'series_pattern_anomalies',
      'series_decompose_anomalies',
      'ts_cp_detect',
      'ts_breakout_detect',
      'ts_find_peaks',
      'kernel_density_estimation',
      'ts_density_cluster',
      'ts_hierarchical_cluster',
      'ts_similar_instance',
      'ts_similar',
      'ts_association_analysis',
      'pattern_stat',
      'pattern_diff',
      'rca_kpi_search',
      'anomaly_compare',
      'cluster',
      'get_log_patterns',
      'match_log_patterns',
      'summary_log_variables',
      'promql_query',
      'promql_query_range',
      'series_padding',
    ],
    'a machine-learning function of SLS',
  ),
];
