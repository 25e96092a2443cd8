import type { MetricMetadata } from './metrics-store.ts'

/** Type, help and unit by metric family; bounded, and knows what the engine has not been told yet. */
export type MetadataBook = {
  set(metric: string, metadata: MetricMetadata): void
  /** From the engine: known there already. */
  loaded(metric: string, metadata: MetricMetadata): void
  get(metric: string): MetricMetadata | undefined
  entries(): IterableIterator<[string, MetricMetadata]>
  /** What changed since the last call. */
  takeChanged(): [string, MetricMetadata][]
  /** A write failed: these are changed still. */
  putBack(entries: readonly (readonly [string, MetricMetadata])[]): void
}

export function createMetadataBook(maxEntries: number): MetadataBook {
  const book = new Map<string, MetricMetadata>()
  const changed = new Set<string>()
  return {
    set(metric, metadata) {
      const known = book.get(metric)
      if (known && known.type === metadata.type && known.help === metadata.help && known.unit === metadata.unit) return
      if (!known && book.size >= maxEntries) return
      book.set(metric, metadata)
      changed.add(metric)
    },
    loaded(metric, metadata) {
      if (!book.has(metric) && book.size < maxEntries) book.set(metric, metadata)
    },
    get: (metric) => book.get(metric),
    entries: () => book.entries(),
    takeChanged() {
      const entries = Array.from(changed, (metric): [string, MetricMetadata] => [metric, book.get(metric)!])
      changed.clear()
      return entries
    },
    putBack(entries) {
      for (const [metric] of entries) if (book.has(metric)) changed.add(metric)
    },
  }
}
