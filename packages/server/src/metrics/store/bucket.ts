/** Chunks and log partitions are cut at multiples of two hours of Unix time. */
export const BUCKET_MS = 7_200_000

export function bucketOf(ms: number): number {
  return Math.floor(ms / BUCKET_MS)
}

export function bucketStartMs(bucket: number): number {
  return bucket * BUCKET_MS
}
