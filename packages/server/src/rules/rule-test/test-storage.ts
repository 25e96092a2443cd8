/*
 * The samples of one test group. Input series are whole from the start, but only what lies before `appendTill` can be
 * seen, as if it had been scraped since; rules write behind their end. A series:
 *
 *   ts      0     60000  120000 │ 180000 ...
 *   values  1     2      3      │ 4
 *           └── `visible` ──────┘  input that has not come yet
 */

import {
  compileMatchers,
  type FloatHistogram,
  isHistogramPoint,
  type Labels,
  labelValue,
  type SeriesPoint,
  type SeriesSource,
  storedAfter,
} from '@binnacle/promql'
import type { OutputSeries, SeriesOutput } from '../output/index.ts'

type Stored = number | 'stale' | FloatHistogram

type StoredSeries = {
  readonly labels: Labels
  readonly ts: number[]
  /** Where there is a histogram its place counts for nothing. */
  readonly values: number[]
  readonly histograms: (FloatHistogram | undefined)[]
  /** Places where the series ends. */
  readonly ends: Set<number>
  /** All input, and how much of it has come. */
  input: readonly { readonly atMs: number; readonly point: Stored }[]
  come: number
}

export type TestStorage = {
  readonly source: SeriesSource
  readonly output: SeriesOutput
  /** A series of the test; another one of the same labels takes its place. */
  addInput(
    labels: Labels,
    points: readonly SeriesPoint[],
    times: { readonly startMs: number; readonly stepMs: number },
  ): void
  /** Input up to this moment, inclusive, is there from now on. */
  appendTill(timeMs: number): void
}

const BATCH = 256
const STALE = new Float64Array(new BigUint64Array([0x7ff0000000000002n]).buffer)

export function createTestStorage(): TestStorage {
  const all = new Map<string, StoredSeries>()
  const byName = new Map<string, StoredSeries[]>()
  const waiting = new Set<StoredSeries>()
  let refused = 0
  let refusal = ''

  function seriesOf(labels: Labels): StoredSeries {
    const key = labels.join('\ud800')
    const known = all.get(key)
    if (known !== undefined) return known
    const made: StoredSeries = { labels, ts: [], values: [], histograms: [], ends: new Set(), input: [], come: 0 }
    all.set(key, made)
    const name = labelValue(labels, '__name__')
    const namesakes = byName.get(name)
    if (namesakes === undefined) byName.set(name, [made])
    else namesakes.push(made)
    return made
  }

  function append(series: StoredSeries, atMs: number, point: Stored): void {
    const last = series.ts.at(-1)
    if (last !== undefined && atMs <= last) {
      if (point === 'stale') return
      if (atMs === last && series.values.at(-1) === point && series.histograms.at(-1) === undefined) return
      refused++
      refusal = atMs === last ? 'duplicate sample for timestamp' : 'out of order sample'
      return
    }
    if (point === 'stale') series.ends.add(series.ts.length)
    series.ts.push(atMs)
    series.values.push(typeof point === 'number' ? point : 0)
    series.histograms.push(typeof point === 'object' ? storedAfter(point, series.histograms.at(-1)) : undefined)
  }

  const output: SeriesOutput = {
    add: (series: OutputSeries, timeMs, value, histogram) =>
      append(seriesOf(series.labels), timeMs, histogram ?? value),
    end: (series: OutputSeries, timeMs) => append(seriesOf(series.labels), timeMs, 'stale'),
    flush() {
      const told = refused === 0 ? undefined : { samples: refused, message: refusal }
      refused = 0
      refusal = ''
      return told
    },
  }

  const source: SeriesSource = {
    async *select({ matchers, fromMs, toMs }) {
      const matches = compileMatchers(matchers)
      const name = matchers.find((matcher) => matcher.name === '__name__' && matcher.op === '=')?.value
      const found: { series: StoredSeries; from: number; to: number }[] = []
      for (const series of name === undefined ? all.values() : (byName.get(name) ?? [])) {
        if (!matches(series.labels)) continue
        const from = firstAtOrAfter(series.ts, fromMs)
        const to = firstAtOrAfter(series.ts, toMs + 1)
        if (to > from) found.push({ series, from, to })
      }
      for (let at = 0; at < found.length; at += BATCH) yield toBatch(found.slice(at, at + BATCH))
    },
  }

  return {
    source,
    output,
    addInput(labels, points, { startMs, stepMs }) {
      const series = seriesOf(labels)
      series.come = 0
      series.input = points.flatMap((point, i) => {
        if (point === 'absent') return []
        return [{ atMs: startMs + i * stepMs, point: isHistogramPoint(point) ? point.histogram : point }]
      })
      waiting.add(series)
    },
    appendTill(timeMs) {
      for (const series of waiting) {
        const { input } = series
        for (; series.come < input.length && input[series.come]!.atMs <= timeMs; series.come++) {
          const { atMs, point } = input[series.come]!
          append(series, atMs, point)
        }
        if (series.come === input.length) waiting.delete(series)
      }
      refused = 0
    },
  }
}

function toBatch(found: readonly { series: StoredSeries; from: number; to: number }[]) {
  const total = found.reduce((sum, { from, to }) => sum + to - from, 0)
  const starts = new Uint32Array(found.length + 1)
  const ts = new Float64Array(total)
  const values = new Float64Array(total)
  const hasHistograms = found.some(({ series, from, to }) =>
    series.histograms.slice(from, to).some((one) => one !== undefined),
  )
  const histograms = hasHistograms ? new Array<FloatHistogram | undefined>(total).fill(undefined) : undefined
  let at = 0
  found.forEach(({ series, from, to }, i) => {
    starts[i] = at
    for (let k = from; k < to; k++, at++) {
      ts[at] = series.ts[k]!
      // The marker's bits do not survive a plain array.
      if (series.ends.has(k)) values.set(STALE, at)
      else values[at] = series.values[k]!
      if (histograms !== undefined) histograms[at] = series.histograms[k]
    }
  })
  starts[found.length] = at
  return { count: found.length, labels: found.map(({ series }) => series.labels), starts, ts, values, histograms }
}

/** Place of the first time that is not before `timeMs`. */
function firstAtOrAfter(ts: readonly number[], timeMs: number): number {
  let low = 0
  let high = ts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (ts[middle]! < timeMs) low = middle + 1
    else high = middle
  }
  return low
}
