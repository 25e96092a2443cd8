import type { Registry } from '../../telemetry/index.ts'
import {
  bucketOf,
  type ChunkPacket,
  type ChunkSharing,
  mergePackets,
  packetBytes,
  type SeriesKeys,
} from '../store/index.ts'

/**
 * Chunks that queries have read from the engine, by metric and bucket, so that a dashboard's repeated questions about the
 * last hours need no engine. In shared memory that query threads read in place; the watch keeps the book. A cut of a
 * bucket moves its gen, and with it what is kept of the bucket is void; deletions are applied to what is read, wherever
 * it comes from.
 */
export type ChunkCache = {
  /** For a read of these series, which stand metric by metric, between the two times (Unix ms, inclusive). */
  sharing(keys: SeriesKeys, fromMs: number, toMs: number): ChunkSharing | undefined
  put(packets: readonly ChunkPacket[]): void
}

/** Longer ranges are read without the cache: they would drive out what is asked again and again. */
const MOST_BUCKETS = 24
/** Metrics of one selector, likewise. */
const MOST_METRICS = 2_000
/** A read is kept that takes at most this share of the cache. */
const SHARE = 0.75

export function createChunkCache(
  { cutGenOf, registry }: { readonly cutGenOf: (bucket: number) => number; readonly registry: Registry },
  maxBytes: number,
): ChunkCache {
  /** From the one that was used longest ago to the newest. */
  const packets = new Map<string, ChunkPacket>()
  let bytes = 0
  registry.observe('binnacle_query_chunk_cache_bytes', 'Chunks kept in memory for queries.', 'gauge', [], () => [
    [[], bytes],
  ])
  const hits = registry.counters(
    'binnacle_query_chunk_cache_requests_total',
    'Metrics of two-hour buckets that queries asked for, by whether their chunks were in memory.',
    ['result'],
  )
  const [found, missed] = [hits.with('hit'), hits.with('miss')]

  function drop(key: string, packet: ChunkPacket): void {
    packets.delete(key)
    bytes -= packetBytes(packet)
  }

  function valid(key: string, bucket: number): ChunkPacket | undefined {
    const packet = packets.get(key)
    if (packet === undefined || packet.gen === cutGenOf(bucket)) return packet
    drop(key, packet)
    return undefined
  }

  return {
    sharing({ metric: metrics }, fromMs, toMs) {
      const [first, last] = [bucketOf(fromMs), bucketOf(toMs)]
      if (maxBytes === 0 || last < first || last - first >= MOST_BUCKETS) return undefined
      const gens = new Map<number, number>()
      for (let bucket = first; bucket <= last; bucket++) gens.set(bucket, cutGenOf(bucket))
      const known: ChunkPacket[] = []
      let count = 0
      for (let i = 0; i < metrics.length; i++) {
        const metric = metrics[i]!
        if (i > 0 && metric === metrics[i - 1]) continue
        if (++count > MOST_METRICS) return undefined
        for (let bucket = first; bucket <= last; bucket++) {
          const key = `${metric}:${bucket}`
          const packet = valid(key, bucket)
          if (packet === undefined) {
            missed.inc()
            continue
          }
          found.inc()
          packets.delete(key)
          packets.set(key, packet)
          known.push(packet)
        }
      }
      return { packets: known, gens, maxBytes: maxBytes * SHARE }
    },
    put(made) {
      for (const packet of made) {
        if (packet.gen !== cutGenOf(packet.bucket)) continue
        const key = `${packet.metric}:${packet.bucket}`
        const older = valid(key, packet.bucket)
        const merged = older === undefined ? packet : mergePackets(older, packet)
        if (older !== undefined) drop(key, older)
        packets.set(key, merged)
        bytes += packetBytes(merged)
      }
      for (const [key, packet] of packets) {
        if (bytes <= maxBytes) break
        drop(key, packet)
      }
    },
  }
}
