import type { EngineClient } from '../../../engine/index.ts'
import { uint32 } from './columns.ts'
import { newestBucket } from './metrics-read.sql.ts'
import type { SeriesKeys } from './series-keys.ts'

const LIMITS = { timeoutMs: 10_000, maxResultBytes: 1_000_000, maxMemoryBytes: 300_000_000 }

/** The newest bucket of a range in which one of the series has a chunk; undefined where none has. */
export async function newestBucketOf(
  client: EngineClient,
  series: SeriesKeys,
  { fromBucket, toBucket }: { readonly fromBucket: number; readonly toBucket: number },
  signal: AbortSignal,
): Promise<number | undefined> {
  let newest = 0
  for await (const block of client.query(newestBucket(series, fromBucket, toBucket), { signal, limits: LIMITS })) {
    for (const bucket of uint32(block, 'newest')) newest = Math.max(newest, bucket)
  }
  return newest === 0 ? undefined : newest
}
