// A real Prometheus's answer against ours.

import { labelsKey } from '../evaluate/column/label-sets.ts'
import {
  eachBucket,
  type FloatHistogram,
  type InstantResult,
  labelsOf,
  type MatrixResult,
  PromqlError,
} from '../index.ts'
import type { PrometheusAnswer } from './prometheus.ts'

type Point = readonly [time: number, value: string]
type HistogramPoint = readonly [time: number, histogram: JsonHistogram]
type JsonHistogram = {
  readonly count: string
  readonly sum: string
  readonly buckets?: readonly (readonly [rule: number, lower: string, upper: string, count: string])[]
}
type JsonSeries = {
  readonly metric: Record<string, string>
  readonly value?: Point
  readonly values?: readonly Point[]
  readonly histogram?: HistogramPoint
  readonly histograms?: readonly HistogramPoint[]
}

/** Says where the two differ, or nothing. */
export function compareAnswers(
  ours: InstantResult | MatrixResult | PromqlError,
  theirs: PrometheusAnswer,
  { places = true }: { readonly places?: boolean } = {},
): string | undefined {
  if (theirs.status === 'error' || ours instanceof PromqlError) {
    if (theirs.status === 'error' && ours instanceof PromqlError) return undefined
    // A bug of theirs.
    if (theirs.status === 'error' && theirs.error.startsWith('unexpected error: runtime error')) return undefined
    // Since 3.6 it is an error also where there is nothing to choose from.
    if (ours instanceof PromqlError && /^Parameter value is NaN$|flows int64$/.test(ours.message)) return undefined
    return theirs.status === 'error' ? `theirs fails: ${theirs.error}` : `ours fails: ${(ours as PromqlError).message}`
  }
  const { resultType, result } = theirs.data
  if (resultType !== ours.kind) return `kind ${ours.kind} instead of ${resultType}`
  const warnings = [comparable(ours.warnings, places), comparable(theirs.warnings, places)]
  if (warnings[0] !== warnings[1]) return `warnings ${warnings[0]} instead of ${warnings[1]}`
  const infos = [comparable(ours.infos, places), comparable(theirs.infos, places)]
  if (infos[0] !== infos[1]) return `infos ${infos[0]} instead of ${infos[1]}`
  if (ours.kind === 'string') return (result as [number, string])[1] === ours.value ? undefined : 'another string'
  if (ours.kind === 'scalar')
    return near(numberOf((result as [number, string])[1]), ours.value) ? undefined : `${ours.value}`
  const mine =
    ours.kind === 'vector'
      ? ours.labels.map((labels, i) => {
          return { labels, ts: [ours.timeMs], values: [ours.values[i]!], histograms: [ours.histograms?.[i]] }
        })
      : ours.series
  const wanted = result as readonly JsonSeries[]
  if (mine.length !== wanted.length) return `${mine.length} series instead of ${wanted.length}`
  const found = new Map(mine.map((one) => [labelsKey(one.labels), one]))
  for (const series of wanted) {
    const shown = JSON.stringify(series.metric)
    const one = found.get(labelsKey(labelsOf(series.metric)))
    if (one === undefined) return `no ${shown}`
    const points = pointsOf(series)
    if (points.length !== one.ts.length) return `${shown}: ${one.ts.length} points instead of ${points.length}`
    for (const [i, [time, sample]] of points.entries()) {
      if (Math.round(time * 1000) !== one.ts[i]) return `${shown}: time ${one.ts[i]} instead of ${time}`
      const histogram = one.histograms?.[i]
      if (typeof sample === 'string') {
        if (histogram !== undefined) return `${shown}: a histogram instead of ${sample} at ${time}`
        if (!near(numberOf(sample), one.values[i]!)) return `${shown}: ${one.values[i]} instead of ${sample} at ${time}`
      } else {
        if (histogram === undefined) return `${shown}: ${one.values[i]} instead of a histogram at ${time}`
        const difference = compareHistograms(histogram, sample)
        if (difference !== undefined) return `${shown}: ${difference} at ${time}`
      }
    }
  }
  return undefined
}

/** The API lists a series' numbers and its histograms apart. */
function pointsOf(series: JsonSeries): readonly (Point | HistogramPoint)[] {
  const points = [
    ...(series.values ?? (series.value === undefined ? [] : [series.value])),
    ...(series.histograms ?? (series.histogram === undefined ? [] : [series.histogram])),
  ]
  return points.sort(([a], [b]) => a - b)
}

function compareHistograms(ours: FloatHistogram, theirs: JsonHistogram): string | undefined {
  if (!near(ours.count, numberOf(theirs.count))) return `count ${ours.count} instead of ${theirs.count}`
  if (!near(ours.sum, numberOf(theirs.sum))) return `sum ${ours.sum} instead of ${theirs.sum}`
  const mine: (readonly [number, number, number, number])[] = []
  eachBucket(ours, (...bucket) => mine.push(bucket))
  const wanted = (theirs.buckets ?? []).map(([rule, ...rest]) => [rule, ...rest.map(numberOf)] as const)
  const text = () => `buckets ${JSON.stringify(mine)} instead of ${JSON.stringify(wanted)}`
  if (mine.length !== wanted.length) return text()
  return mine.every((bucket, i) => bucket.every((value, k) => near(value, wanted[i]![k]!))) ? undefined : text()
}

function numberOf(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}

/**
 * Without what Prometheus words otherwise since 3.5, without the places that it loses inside of subqueries, and without
 * more than the ten that its API passes on. With `places` false without all places: Prometheus tells of the same thing
 * at one place only, and evaluates more steps of subqueries than count.
 */
function comparable(remarks: readonly string[] = [], places = true): string {
  const lines = remarks
    .filter((line) => !line.includes('sort is ineffective'))
    .map((line) =>
      line
        .replace(
          /(might not be a counter.*|histograms and floats for metric name .*|native histogram metric is not a .*) \(\d+:\d+\)$/,
          '$1',
        )
        .replace(/(got -?\d\.\d{10})\d+/, '$1')
        .replace(/( for metric name ""|, from buckets .*?) ?\((?=\d)/, ' ('),
    )
    .map((line) => (places ? line : line.replace(/(, got .*)? \(\d+:\d+\)$/, '')))
    .sort()
  if (places) return lines.length > 10 ? 'many' : lines.join('\n')
  return [...new Set(lines.filter((line) => !line.includes('annotations omitted')))].join('\n')
}

/** To nine digits; values that cancel to almost nothing may differ in what is left. */
function near(a: number, b: number): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b)
  return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b)) || Math.abs(a - b) < 1e-12
}
