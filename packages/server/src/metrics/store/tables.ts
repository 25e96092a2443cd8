/*
 * The tables of the metrics store. Why they look like this, with figures: docs/adr/0003-metrics-storage.md.
 *
 *   samples    the head's log: one row a sample, kept until its bucket is cut. `gen` rises with every cut.
 *   histogram_samples  the same for native histograms: `data` is a chunk of one sample (chunk/histogram-layout.ts).
 *   chunks     one row per series, two-hour bucket and part; the newest gen of (id, part) counts; n = 0 means "replaced".
 *              `data` is one chunk or several, one behind the other: a series may have numbers and histograms.
 *   cuts       bucket and gen up to which the log has been cut into `chunks`: the commit of a cut.
 *   tombstones deleted intervals of series, applied at every read
 *   series     label sets by 64-bit id; durable before the first sample of a series.
 */

/** Number of the Binnacle that took the data in. Several may share a cluster one day; until then there is one. */
export const OWNER = 0

/** Rows of samples that no chunk holds yet. */
export const LOG_TABLES = ['samples', 'histogram_samples'] as const
/**
 * All others, in the order in which they may be copied one after the other while samples come into the log: behind it,
 * so that no row lacks its series, and tombstones last, as they are the last to go when samples are deleted for good.
 */
export const SETTLED_TABLES = ['chunks', 'cuts', 'series', 'metric_metadata', 'exemplars', 'tombstones'] as const

const DURABLE = 'fsync_after_insert = 1, fsync_part_directory = 1'

/** Forward only; a step is never changed once released. Each statement may run twice. */
export const metricsMigrations = [
  {
    id: 1,
    name: 'metrics: samples, chunks, cuts, series',
    statements: [
      `CREATE TABLE IF NOT EXISTS samples (
        owner UInt16, gen UInt32,
        metric UInt32 CODEC(Delta, ZSTD(1)),
        id UInt64 CODEC(Delta, ZSTD(1)),
        ts Int64 CODEC(Delta, ZSTD(1)),
        value Float64 CODEC(Delta, ZSTD(1))
      ) ENGINE = MergeTree PARTITION BY (owner, gen, intDiv(ts, 7200000)) ORDER BY (metric, id, ts)
      SETTINGS non_replicated_deduplication_window = 10000, ${DURABLE}`,
      `CREATE TABLE IF NOT EXISTS chunks (
        owner UInt16,
        metric UInt32 CODEC(Delta, ZSTD(1)),
        bucket UInt32 CODEC(Delta, ZSTD(1)),
        id UInt64 CODEC(Delta, ZSTD(1)),
        part UInt16, gen UInt32, n UInt32,
        data String CODEC(ZSTD(1))
      ) ENGINE = ReplacingMergeTree(gen) PARTITION BY intDiv(bucket, 12) ORDER BY (metric, bucket, id, owner, part)
      TTL toDateTime(bucket * 7200) + INTERVAL 30 DAY
      SETTINGS index_granularity = 256, ttl_only_drop_parts = 1, merge_with_ttl_timeout = 3600,
        non_replicated_deduplication_window = 1000, min_rows_to_fsync_after_merge = 1, ${DURABLE}`,
      `CREATE TABLE IF NOT EXISTS cuts (owner UInt16, bucket UInt32, gen UInt32)
      ENGINE = ReplacingMergeTree(gen) ORDER BY (owner, bucket)
      SETTINGS ${DURABLE}`,
      `CREATE TABLE IF NOT EXISTS series (
        owner UInt16, metric UInt32, id UInt64,
        name SimpleAggregateFunction(anyLast, String),
        labels SimpleAggregateFunction(anyLast, Map(String, String)) CODEC(ZSTD(1)),
        first_seen SimpleAggregateFunction(min, DateTime),
        last_seen SimpleAggregateFunction(max, DateTime)
      ) ENGINE = AggregatingMergeTree ORDER BY (metric, id, owner)
      TTL last_seen + INTERVAL 31 DAY
      SETTINGS non_replicated_deduplication_window = 1000, ${DURABLE}`,
    ],
  },
  {
    id: 2,
    name: 'metrics: metadata and exemplars',
    statements: [
      `CREATE TABLE IF NOT EXISTS metric_metadata (
        metric String, type LowCardinality(String), help String, unit LowCardinality(String), seen DateTime
      ) ENGINE = ReplacingMergeTree(seen) ORDER BY metric
      TTL seen + INTERVAL 31 DAY
      SETTINGS ${DURABLE}`,
      `CREATE TABLE IF NOT EXISTS exemplars (
        metric UInt32, id UInt64, ts Int64 CODEC(Delta, ZSTD(1)), value Float64,
        labels Map(String, String) CODEC(ZSTD(1))
      ) ENGINE = MergeTree PARTITION BY intDiv(ts, 86400000) ORDER BY (metric, id, ts)
      TTL toDateTime(intDiv(ts, 1000)) + INTERVAL 7 DAY
      SETTINGS ttl_only_drop_parts = 1, non_replicated_deduplication_window = 1000, ${DURABLE}`,
    ],
  },
  {
    id: 3,
    name: 'metrics: deleted intervals',
    statements: [
      `CREATE TABLE IF NOT EXISTS tombstones (
        owner UInt16, metric UInt32, id UInt64, from_ms Int64, to_ms Int64, created DateTime
      ) ENGINE = MergeTree ORDER BY (owner, metric, id, from_ms)
      TTL created + INTERVAL 31 DAY
      SETTINGS non_replicated_deduplication_window = 1000, ${DURABLE}`,
    ],
  },
  {
    id: 4,
    name: 'metrics: log of native histograms',
    statements: [
      `CREATE TABLE IF NOT EXISTS histogram_samples (
        owner UInt16, gen UInt32,
        metric UInt32 CODEC(Delta, ZSTD(1)),
        id UInt64 CODEC(Delta, ZSTD(1)),
        ts Int64 CODEC(Delta, ZSTD(1)),
        data String CODEC(ZSTD(1))
      ) ENGINE = MergeTree PARTITION BY (owner, gen, intDiv(ts, 7200000)) ORDER BY (metric, id, ts)
      SETTINGS non_replicated_deduplication_window = 10000, ${DURABLE}`,
    ],
  },
] as const
