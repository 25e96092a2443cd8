import { CUSTOM_SCHEMA, type FloatHistogram, NO_BUCKETS, NO_SPANS, type ResetHint } from '@binnacle/promql'
import { toWritten, type WrittenSeries } from '../../src/metrics/intake/remote-write/testkit/index.ts'
import type { Random } from './random.ts'

const STEP_MS = 30_000

/** One series over time: what it is worth at step `i`; undefined where it was not seen. */
type Course = (i: number) => FloatHistogram | number | 'stale' | undefined

/**
 * Native histograms of all kinds every 30 s from `startMs` to `endMs`: integer and float ones, counters with resets,
 * gauges, custom buckets, buckets that appear, schemas that change, series that turn from numbers into histograms, gaps
 * and staleness markers. One item for each ten minutes.
 */
export function createHistogramDataset(startMs: number, endMs: number, random: Random): WrittenSeries[][] {
  const stale = new Float64Array(BigUint64Array.of(0x7ff0000000000002n).buffer)
  const courses: [Record<string, string>, Course][] = []
  for (const job of ['api']) {
    courses.push([{ __name__: 'nh', job, kind: 'counter' }, counter(random, { schema: 3, perStep: 40 })])
    courses.push([{ __name__: 'nh', job, kind: 'busy' }, counter(random, { schema: 1, perStep: 3000 })])
    courses.push([{ __name__: 'nh', job, kind: 'quiet' }, counter(random, { schema: 0, perStep: 1 })])
    courses.push([{ __name__: 'nh', job, kind: 'resets' }, counter(random, { schema: 3, perStep: 20, resetEvery: 47 })])
    courses.push([{ __name__: 'nh', job, kind: 'coarser' }, coarser(random)])
    courses.push([{ __name__: 'nh_custom', job }, custom(random)])
    courses.push([{ __name__: 'nh_gauge', job }, gauge(random)])
    const changing = counter(random, { schema: 2, perStep: 10 })
    courses.push([{ __name__: 'nh_mixed', job }, (i) => (i % 40 < 20 ? changing(i) : i)])
    const leaving = counter(random, { schema: 2, perStep: 5 })
    courses.push([
      { __name__: 'nh_leaving', job },
      (i) => (i % 60 === 50 ? 'stale' : i % 60 > 50 ? undefined : leaving(i)),
    ])
  }
  const slices: WrittenSeries[][] = []
  for (let from = startMs; from <= endMs; from += 600_000) {
    const to = Math.min(from + 600_000, endMs + 1)
    slices.push(
      courses.map(([labels, course]) => {
        const series = {
          labels: Object.keys(labels)
            .sort()
            .flatMap((name) => [name, labels[name]!]),
          ts: [] as number[],
          values: [] as number[],
          histograms: [] as ReturnType<typeof toWritten>[],
        }
        for (let ts = from; ts < to; ts += STEP_MS) {
          const value = course((ts - startMs) / STEP_MS)
          if (value === undefined) continue
          if (value === 'stale') series.histograms.push({ ts, sum: stale })
          else if (typeof value === 'number') {
            series.ts.push(ts)
            series.values.push(value)
          } else series.histograms.push(toWritten(value, ts))
        }
        return series
      }),
    )
  }
  return slices
}

type Options = { readonly schema: number; readonly perStep: number; readonly resetEvery?: number }

/** Observations of both signs, the larger ones rarer, so that further buckets appear as time goes on. */
function counter(random: Random, { schema, perStep, resetEvery = 0 }: Options): Course {
  const positive = new Map<number, number>()
  const negative = new Map<number, number>()
  let zeroCount = 0
  let sum = 0
  return (i) => {
    if (resetEvery > 0 && i % resetEvery === resetEvery - 1) {
      positive.clear()
      negative.clear()
      zeroCount = 0
      sum = 0
    }
    for (let k = 0; k < perStep; k++) {
      const size = random.unit() ** 6 * 1000
      if (size < 1e-4) zeroCount++
      else {
        const index = Math.ceil(Math.log2(size) * 2 ** schema)
        const side = random.unit() < 0.1 ? negative : positive
        side.set(index, (side.get(index) ?? 0) + 1)
        sum += side === negative ? -size : size
      }
    }
    return exponential({ schema, zeroCount, sum, resetHint: 0, positive, negative })
  }
}

/** A client that merges its buckets once they are too many. */
function coarser(random: Random): Course {
  const fine = counter(random, { schema: 4, perStep: 10 })
  const coarse = counter(random, { schema: 1, perStep: 10 })
  return (i) => (i % 100 < 50 ? fine(i) : coarse(i))
}

function gauge(random: Random): Course {
  return () => {
    const positive = new Map(
      Array.from({ length: 1 + Math.floor(random.unit() * 12) }, (_, k) => [k - 3, random.unit() * 9]),
    )
    const negative = new Map([[2, random.unit()]])
    return exponential({
      schema: 2,
      zeroCount: random.unit(),
      sum: random.unit() * 100 - 50,
      resetHint: 3,
      positive,
      negative,
    })
  }
}

function custom(random: Random): Course {
  const bounds = [0.01, 0.1, 0.5, 1, 2.5, 10]
  const counts = new Float64Array(bounds.length + 1)
  let sum = 0
  return (i) => {
    if (i % 150 === 149) counts.fill(0)
    for (let k = 0; k < 15; k++) {
      const size = random.unit() ** 3 * 12
      const place = bounds.findIndex((bound) => size <= bound)
      counts[place < 0 ? bounds.length : place]!++
      sum += size
    }
    return {
      resetHint: 0,
      schema: CUSTOM_SCHEMA,
      zeroThreshold: 0,
      zeroCount: 0,
      count: total(counts),
      sum,
      positiveSpans: Int32Array.of(0, counts.length),
      positiveBuckets: counts.slice(),
      negativeSpans: NO_SPANS,
      negativeBuckets: NO_BUCKETS,
      customValues: Float64Array.from(bounds),
    }
  }
}

type Exponential = {
  readonly schema: number
  readonly zeroCount: number
  readonly sum: number
  readonly resetHint: ResetHint
  readonly positive: ReadonlyMap<number, number>
  readonly negative: ReadonlyMap<number, number>
}

function exponential({ positive, negative, ...rest }: Exponential): FloatHistogram {
  const [positiveSpans, positiveBuckets] = sideOf(positive)
  const [negativeSpans, negativeBuckets] = sideOf(negative)
  return {
    ...rest,
    zeroThreshold: 1e-4,
    count: rest.zeroCount + total(positiveBuckets) + total(negativeBuckets),
    positiveSpans,
    positiveBuckets,
    negativeSpans,
    negativeBuckets,
    customValues: NO_BUCKETS,
  }
}

function sideOf(counts: ReadonlyMap<number, number>): [Int32Array, Float64Array] {
  const indices = [...counts.keys()].sort((a, b) => a - b)
  const spans: number[] = []
  indices.forEach((index, i) => {
    if (i > 0 && index === indices[i - 1]! + 1) spans[spans.length - 1]!++
    else spans.push(i === 0 ? index : index - indices[i - 1]! - 1, 1)
  })
  return [Int32Array.from(spans), Float64Array.from(indices, (index) => counts.get(index)!)]
}

function total(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count, 0)
}
