import { createChunkHeader, readChunkHeader } from '../chunk/index.ts'
import { type HeadSnapshot, HISTOGRAM_TAIL, type LateSamples, readChain, readTail, strideOf } from './layout.ts'
import { appendChunk, mergeRuns, reserve, type SampleBuffer } from './sample-buffer.ts'
import type { SlabViews } from './slab-pool.ts'

/** Late samples by row of the snapshot; build it once per snapshot. */
export function lateByRow(snapshot: HeadSnapshot): Map<number, LateSamples> {
  const byRow = new Map<number, LateSamples>()
  for (const late of snapshot.late) byRow.set(late.row, late)
  return byRow
}

/** How many of the rows `[from, to)` have native histograms as their newest samples. */
export function histogramRows({ table, buckets }: HeadSnapshot, from: number, to: number): number {
  const stride = strideOf({ buckets })
  let rows = 0
  for (let row = from; row < to; row++) if (table[row * stride + 1]! >= HISTOGRAM_TAIL) rows++
  return rows
}

/**
 * Appends what the head holds of row `row` within `[fromMs, toMs]`, strictly ascending. Needs no lock: everything a
 * snapshot points at stays as it is until its reader has said that it is done.
 */
export function readHeadSeries(
  views: readonly (SlabViews | undefined)[],
  snapshot: HeadSnapshot,
  late: ReadonlyMap<number, LateSamples>,
  row: number,
  fromMs: number,
  toMs: number,
  out: SampleBuffer,
): void {
  const { table, buckets } = snapshot
  const base = row * strideOf(snapshot)
  const start = out.length
  for (let i = 0; i < buckets.length; i++) {
    const newest = table[base + 2 + i]!
    if (newest !== 0) readChain(views, newest, fromMs, toMs, out)
  }
  readTail(views, table[base]!, table[base + 1]!, fromMs, toMs, out)
  const run = late.size === 0 ? undefined : late.get(row)
  if (!run) return
  const middle = out.length
  appendLate(run, fromMs, toMs, out)
  mergeRuns(out, start, middle)
}

const header = createChunkHeader()

/** Appends those of the late samples that lie within `[fromMs, toMs]`. */
export function appendLate(
  { ts, values, records }: Omit<LateSamples, 'row'>,
  fromMs: number,
  toMs: number,
  out: SampleBuffer,
): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, ts.length * 2)
  reserve(out, ts.length)
  for (let i = 0; i < ts.length; i++) {
    const time = ts[i]!
    if (time < fromMs || time > toMs) continue
    const record = records?.[i]
    if (record !== undefined) {
      readChunkHeader(record, 0, header)
      appendChunk(record, 0, header, out)
      continue
    }
    out.ts[out.length] = time
    out.words[out.length * 2] = words[i * 2]!
    out.words[out.length * 2 + 1] = words[i * 2 + 1]!
    out.length++
  }
}
