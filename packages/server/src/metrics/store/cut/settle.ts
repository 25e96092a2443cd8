import { clear, createSampleBuffer, type Head } from '../head/index.ts'
import type { SampleLog } from '../log/sample-log.ts'
import { createPauser } from '../pause.ts'
import { createChunkRows } from './chunk-rows.ts'
import type { CutDeps, CutRecord } from './cut-record.ts'

/** Rows of one insert into `chunks`: large enough to be few parts, small enough not to stall on encoding. */
const ROWS_PER_INSERT = 4096
const BYTES_PER_INSERT = 2_000_000

/**
 * Cuts one bucket from the head into chunks. Source of the order of steps and why a crash between any two of them
 * loses and doubles nothing: ARCHITECTURE.md, "The cut".
 *
 * 1. Seal the log's gen `k` and wait until all its rows are in the engine.
 * 2. Write the chunks with gen `k`.
 * 3. Write `(bucket, k)` into `cuts`: the commit.
 * 4. Drop the bucket's rows of gens up to `k` from the log.
 *
 * Samples that arrive meanwhile carry gen `k + 1` and stay in the log for the next cut.
 */
export async function settleFromHead(
  deps: CutDeps & { readonly head: Head; readonly log: SampleLog; readonly record: CutRecord },
  bucket: number,
  signal: AbortSignal,
): Promise<{ series: number; samples: number }> {
  const { head, log, record, tables, keyOf, clock } = deps
  const gen = log.seal()
  await log.flushed(signal)

  const { part, replacedParts } = record.nextPart(bucket)
  const rebuild = bucket < head.newestBucket && part === 0 ? head.beginSettled(bucket) : undefined
  const rows = createChunkRows(bucket, gen)
  const samples = createSampleBuffer()
  const pause = createPauser(clock, signal)
  const cutRefs: number[] = []
  let total = 0
  let inserts = 0
  const send = () => tables.insertChunks(rows.take(), `cut-${bucket}-${gen}-${inserts++}`, signal)
  try {
    for (let ref = 0; ref < head.refsEnd(bucket); ref++) {
      clear(samples)
      if (!head.gather(bucket, ref, samples)) continue
      const key = keyOf(ref)
      rows.add(key, part, samples)
      for (const replaced of replacedParts) rows.addReplaced(key, replaced)
      rebuild?.add(ref, samples)
      cutRefs.push(ref)
      total += samples.length
      if (rows.rows >= ROWS_PER_INSERT || rows.bytes >= BYTES_PER_INSERT) await send()
      await pause()
    }
    if (rows.rows > 0) await send()
    await tables.commitCut(bucket, gen, signal)
  } catch (error) {
    rebuild?.discard()
    throw error
  }
  record.committed(bucket, gen, part)
  rebuild?.commit()
  await tables.touchSeries(cutRefs, signal)
  await tables.dropRows(bucket, gen, signal)
  return { series: cutRefs.length, samples: total }
}
