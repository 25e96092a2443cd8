// Native histograms in the script language of Prometheus's acceptance files: literals `{{schema:0 buckets:[1 2]}}`, what
// its storage makes of them, and custom histograms made of classic ones (`load_with_nhcb`).

import { labelsKey } from '../evaluate/column.ts'
import { type Labels, labelsOf, labelValue } from '../labels.ts'
import {
  COUNTER_RESET,
  CUSTOM_SCHEMA,
  compact,
  type FloatHistogram,
  GAUGE,
  HistogramSum,
  INCOMPATIBLE,
  isReset,
  NO_BUCKETS,
  NO_SPANS,
  NOT_RESET,
  type ResetHint,
  sameNumbers,
  UNKNOWN_RESET,
  withResetHint,
} from '../native-histogram/index.ts'
import { histogramOf } from './histograms.ts'
import { type HistogramPoint, number, type SeriesLine } from './promqltest.ts'

const HINTS: Readonly<Record<string, ResetHint>> = {
  unknown: UNKNOWN_RESET,
  reset: COUNTER_RESET,
  not_reset: NOT_RESET,
  gauge: GAUGE,
}

/** `{{base}}`, or with a sign `{{base}}+{{step}}x5`: the base and `times` more, each a step further. */
export function histogramPoints(
  base: string,
  sign: string | undefined,
  step: string | undefined,
  times: number,
): HistogramPoint[] {
  const first = literal(base)
  if (step === undefined) return new Array<HistogramPoint>(times + 1).fill(first)
  const { histogram: increment, hintSet } = literal(step)
  const points: HistogramPoint[] = [{ histogram: first.histogram, hintSet }]
  for (let k = 0; k < times; k++) {
    const sum = new HistogramSum(points[k]!.histogram)
    const outcome = sign === '-' ? sum.subtract(increment) : sum.add(increment)
    if (outcome === INCOMPATIBLE) throw new Error(`cannot combine ${base} and ${step}`)
    points.push({ histogram: sum.finish({ compacted: false }), hintSet })
  }
  return points
}

function literal(text: string): HistogramPoint {
  const fields = new Map<string, string>()
  for (const [, key, value] of text.matchAll(/([a-z_]+)\s*:\s*(\[[^\]]*\]|\S+)/g)) fields.set(key!, value!)
  const one = (key: string) => number(fields.get(key) ?? '0')
  const list = (key: string) => {
    const words = (fields.get(key) ?? '[]').slice(1, -1).trim()
    return words === '' ? NO_BUCKETS : Float64Array.from(words.split(/\s+/), number)
  }
  const spans = (buckets: Float64Array, offset: number) =>
    buckets.length === 0 ? NO_SPANS : Int32Array.of(offset, buckets.length)
  const positiveBuckets = list('buckets')
  const negativeBuckets = list('n_buckets')
  const hint = fields.get('counter_reset_hint')
  return {
    hintSet: hint !== undefined,
    histogram: {
      resetHint: hint === undefined ? UNKNOWN_RESET : HINTS[hint]!,
      schema: one('schema'),
      zeroThreshold: one('z_bucket_w'),
      zeroCount: one('z_bucket'),
      count: one('count'),
      sum: one('sum'),
      positiveSpans: spans(positiveBuckets, one('offset')),
      positiveBuckets,
      negativeSpans: spans(negativeBuckets, one('n_offset')),
      negativeBuckets,
      customValues: list('custom_values'),
    },
  }
}

/**
 * The histograms of a series with the hints with which Prometheus's storage gives them back: a chunk holds histograms
 * that continue each other, so all of it but the first are known to be no reset.
 */
export function asRead(samples: readonly (number | 'stale' | FloatHistogram)[]): (FloatHistogram | undefined)[] {
  let previous: FloatHistogram | undefined
  return samples.map((sample) => {
    const before = previous
    previous = typeof sample === 'object' ? sample : undefined
    if (previous === undefined || previous.resetHint === GAUGE) return previous
    return withResetHint(previous, before !== undefined && continues(previous, before) ? NOT_RESET : UNKNOWN_RESET)
  })
}

function continues(h: FloatHistogram, before: FloatHistogram): boolean {
  return (
    before.resetHint !== GAUGE &&
    h.resetHint !== COUNTER_RESET &&
    h.schema === before.schema &&
    h.zeroThreshold === before.zeroThreshold &&
    sameNumbers(h.customValues, before.customValues) &&
    !isReset(withResetHint(h, UNKNOWN_RESET), before)
  )
}

type Classic = { count: number | undefined; sum: number; readonly buckets: Map<number, number> }

/** Native histograms with the bounds of classic ones, whose series are among those given. */
export function customHistograms(
  series: readonly SeriesLine[],
  stepMs: number,
): { readonly labels: Labels; readonly samples: Map<number, FloatHistogram> }[] {
  const found = new Map<string, { labels: Labels; byTime: Map<number, Classic> }>()
  for (const { labels, points } of series) {
    const parts = /^(.*)_(bucket|count|sum)$/.exec(labelValue(labels, '__name__'))
    if (parts === null) continue
    const bound = parts[2] === 'bucket' ? number(labelValue(labels, 'le')) : 0
    const pairs: [string, string][] = [['__name__', parts[1]!]]
    for (let i = 0; i < labels.length; i += 2)
      if (labels[i] !== 'le' && labels[i] !== '__name__') pairs.push([labels[i]!, labels[i + 1]!])
    const base = labelsOf(pairs)
    let one = found.get(labelsKey(base))
    if (one === undefined) {
      one = { labels: base, byTime: new Map() }
      found.set(labelsKey(base), one)
    }
    for (const [i, point] of points.entries()) {
      if (typeof point !== 'number') continue
      let classic = one.byTime.get(i * stepMs)
      if (classic === undefined) {
        classic = { count: undefined, sum: 0, buckets: new Map() }
        one.byTime.set(i * stepMs, classic)
      }
      if (parts[2] === 'count') classic.count = point
      else if (parts[2] === 'sum') classic.sum = point
      else classic.buckets.set(bound, point)
    }
  }
  return [...found.values()].map(({ labels, byTime }) => ({
    labels,
    samples: new Map([...byTime].map(([t, classic]) => [t, customHistogram(classic)])),
  }))
}

function customHistogram({ count, sum, buckets }: Classic): FloatHistogram {
  const bounds = [...buckets].sort(([a], [b]) => a - b)
  const total = count ?? bounds.at(-1)?.[1] ?? 0
  if (bounds.at(-1)?.[0] !== Number.POSITIVE_INFINITY) bounds.push([Number.POSITIVE_INFINITY, total])
  const counts = bounds.map(([, upTo], i) => upTo - (bounds[i - 1]?.[1] ?? 0))
  const customValues = Float64Array.from(bounds.slice(0, -1), ([bound]) => bound)
  return compact(histogramOf({ schema: CUSTOM_SCHEMA, customValues, count: total, sum }, counts))
}
