/**
 * The engine's configuration file. Small caches and pools: the data of one machine needs no more, and each default is
 * made for a big server. Figures behind the values: docs of the storage design ("steady ingest": RSS 300 MB, flat).
 */
export function engineConfig(options: { readonly maxServerMemoryBytes: number; readonly tempDir: string }): string {
  const mib = (n: number) => n * 1024 * 1024
  const settings: Record<string, string | number> = {
    timezone: 'UTC',
    tmp_path: `${options.tempDir}/`,
    max_server_memory_usage: options.maxServerMemoryBytes,
    mark_cache_size: mib(32),
    index_mark_cache_size: mib(16),
    primary_index_cache_size: mib(32),
    uncompressed_cache_size: 0,
    index_uncompressed_cache_size: 0,
    text_index_dictionary_block_cache_size: mib(8),
    text_index_header_cache_size: mib(8),
    text_index_postings_cache_size: mib(8),
    background_pool_size: 2,
    background_merges_mutations_concurrency_ratio: 1,
    background_schedule_pool_size: 4,
    background_common_pool_size: 2,
    background_move_pool_size: 1,
    background_fetches_pool_size: 1,
    max_thread_pool_size: 200,
  }
  const mergeTree: Record<string, number> = {
    merge_max_block_size: 4096,
    merge_max_block_size_bytes: mib(2),
    max_bytes_to_merge_at_max_space_in_pool: 4 * 1024 * mib(1),
    // With a pool of two, the defaults (8, 20, 25 free entries) would forbid every merge.
    number_of_free_entries_in_pool_to_lower_max_size_of_merge: 1,
    number_of_free_entries_in_pool_to_execute_mutation: 1,
    number_of_free_entries_in_pool_to_execute_optimize_entire_partition: 1,
    // Retention is looked after hourly instead of every four hours.
    merge_with_ttl_timeout: 3600,
  }
  return `<clickhouse>\n${elements(settings, '  ')}  <merge_tree>\n${elements(mergeTree, '    ')}  </merge_tree>\n</clickhouse>\n`
}

function elements(values: Readonly<Record<string, string | number>>, indent: string): string {
  return Object.entries(values)
    .map(([name, value]) => `${indent}<${name}>${escapeXml(String(value))}</${name}>\n`)
    .join('')
}

const escapeXml = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
