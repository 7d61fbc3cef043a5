/** Memory and rest of the embedded engine. */
export interface EngineLimits {
  /** The engine refuses a query (error 241) instead of being killed. Its own count holds about 1 MB a table beside what queries take. */
  readonly maxServerMemoryBytes: number;
  /** Merges and mutations at once; the engine's default of 16 is meant for a machine of its own. */
  readonly backgroundThreads: number;
}

/**
 * Server settings of the embedded engine as its configuration file. Source: ClickHouse server settings; measured in design D3 and D6:
 * - `non_replicated_deduplication_window` is 0 by default, and then an insert token does nothing.
 * - without `fsync_after_insert` an insert that was answered may be gone after a power cut while the watermark says it is there.
 * - the background pool looks for work every few seconds although there is none: 16 % of a core; with 120 s 8 %. Merges after an insert start at once all the same.
 */
export function engineConfig(limits: EngineLimits): string {
  const cache = Math.max(64, Math.round(limits.maxServerMemoryBytes / 16 / 1024 ** 2)) * 1024 ** 2;
  return `<clickhouse>
  <max_server_memory_usage>${limits.maxServerMemoryBytes}</max_server_memory_usage>
  <mark_cache_size>${cache}</mark_cache_size>
  <index_mark_cache_size>${cache}</index_mark_cache_size>
  <uncompressed_cache_size>${cache}</uncompressed_cache_size>
  <background_pool_size>${limits.backgroundThreads}</background_pool_size>
  <background_merges_mutations_concurrency_ratio>1</background_merges_mutations_concurrency_ratio>
  <background_processing_pool_task_sleep_seconds_when_no_work_min>120</background_processing_pool_task_sleep_seconds_when_no_work_min>
  <background_processing_pool_task_sleep_seconds_when_no_work_max>600</background_processing_pool_task_sleep_seconds_when_no_work_max>
  <merge_tree>
    <fsync_after_insert>1</fsync_after_insert>
    <fsync_part_directory>1</fsync_part_directory>
    <non_replicated_deduplication_window>1000</non_replicated_deduplication_window>
    <number_of_free_entries_in_pool_to_lower_max_size_of_merge>1</number_of_free_entries_in_pool_to_lower_max_size_of_merge>
    <number_of_free_entries_in_pool_to_execute_mutation>1</number_of_free_entries_in_pool_to_execute_mutation>
    <number_of_free_entries_in_pool_to_execute_optimize_entire_partition>1</number_of_free_entries_in_pool_to_execute_optimize_entire_partition>
  </merge_tree>
</clickhouse>
`;
}
