import { type Labels, labelsOf } from '../labels.ts'
import { compileMatchers } from '../match/index.ts'
import type { FloatHistogram } from '../native-histogram/index.ts'
import type { SeriesSource } from '../series-source.ts'

export type MemorySeries = {
  readonly labels: Labels
  readonly ts: number[]
  readonly values: Float64Array
  /** By the places of `values`. */
  readonly histograms?: readonly (FloatHistogram | undefined)[]
  /** By the places of `values`; 0 where it is not known. */
  readonly startTimes?: readonly number[]
}

/** The NaN that ends a series. */
export const STALE = new Float64Array(new BigUint64Array([0x7ff0000000000002n]).buffer)

/** A source over arrays in memory, in batches of `batchSize` series. */
export function createMemorySource(series: Iterable<MemorySeries>, batchSize = 3): SeriesSource {
  return {
    async *select({ matchers, fromMs, toMs }) {
      const matches = compileMatchers(matchers)
      const found: { labels: Labels; lo: number; hi: number; from: MemorySeries }[] = []
      for (const one of series) {
        if (!matches(one.labels)) continue
        let lo = 0
        while (lo < one.ts.length && one.ts[lo]! < fromMs) lo++
        let hi = lo
        while (hi < one.ts.length && one.ts[hi]! <= toMs) hi++
        if (hi > lo) found.push({ labels: one.labels, lo, hi, from: one })
      }
      for (let at = 0; at < found.length; at += batchSize) {
        const part = found.slice(at, at + batchSize)
        const total = part.reduce((sum, { lo, hi }) => sum + hi - lo, 0)
        const starts = new Uint32Array(part.length + 1)
        const ts = new Float64Array(total)
        const values = new Float64Array(total)
        part.forEach(({ lo, hi, from }, i) => {
          starts[i + 1] = starts[i]! + hi - lo
          ts.set(from.ts.slice(lo, hi), starts[i]!)
          values.set(from.values.subarray(lo, hi), starts[i]!)
        })
        const histograms = part.some(({ from }) => from.histograms !== undefined)
          ? part.flatMap(
              ({ lo, hi, from }) => from.histograms?.slice(lo, hi) ?? new Array<undefined>(hi - lo).fill(undefined),
            )
          : undefined
        const startTimes = part.some(({ from }) => from.startTimes !== undefined)
          ? Float64Array.from(
              part.flatMap(({ lo, hi, from }) => from.startTimes?.slice(lo, hi) ?? new Array<number>(hi - lo).fill(0)),
            )
          : undefined
        const labels = part.map((one) => one.labels)
        yield { count: part.length, labels, starts, ts, values, histograms, startTimes }
      }
    },
  }
}

/** Series with a sample every `stepMs` from 0 on. */
export function regularSeries(labels: Record<string, string>, stepMs: number, values: readonly number[]): MemorySeries {
  return { labels: labelsOf(labels), ts: values.map((_, i) => i * stepMs), values: Float64Array.from(values) }
}
