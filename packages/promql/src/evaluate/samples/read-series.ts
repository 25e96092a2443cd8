import type { Labels } from '../../labels.ts'
import type { FloatHistogram } from '../../native-histogram/index.ts'
import type { VectorSelector } from '../../parse/index.ts'
import type { Selection, SeriesBatch } from '../../series-source.ts'
import { extraWeight } from '../column/column.ts'
import type { Run } from '../run/run.ts'
import type { Margins, SeriesVisit, Windows } from '../run/windows.ts'
import { withoutBuckets } from './bucketless.ts'
import { isStaleAt } from './stale.ts'

const NO_MARGINS: Margins = { beforeMs: 0, afterMs: 0 }

/** All samples that the windows see, and the margins. */
export function selectionOf(
  selector: VectorSelector,
  windows: Windows,
  { beforeMs, afterMs }: Margins = NO_MARGINS,
): Selection {
  return {
    matchers: selector.matchers,
    fromMs: windows.firstEndMs - windows.widthMs - beforeMs + 1,
    toMs: windows.firstEndMs + windows.strideMs * (windows.steps - 1) + afterMs,
  }
}

/**
 * Reads a selector's series over all its windows, each once. Instant selectors keep staleness markers (they end a
 * series), range selectors skip them.
 */
export async function readSeries(
  run: Run,
  selector: VectorSelector,
  windows: Windows,
  keepStale: boolean,
  visit: SeriesVisit,
  margins: Margins = NO_MARGINS,
): Promise<void> {
  const selection = selectionOf(selector, windows, margins)
  const clean = { ts: NOTHING, values: NOTHING }
  const bucketless = run.options.bucketless.has(selector)

  /** Visits the series from `i` on, until it is time for a pause; returns the first that is left. */
  const visitFrom = (batch: SeriesBatch, i: number): number => {
    const { count, labels, rows, starts, ts, values, histograms } = batch
    const startTimes = run.usesStartTimes ? batch.startTimes : undefined
    for (; i < count; i++) {
      const from = starts[i]!
      const to = starts[i + 1]!
      if (from === to) continue
      if (rows !== undefined) run.row = rows[i]!
      let work = to - from
      if (startTimes !== undefined) {
        visitStarted(labels[i]!, batch, startTimes, i, keepStale, visit)
        work *= 4
      } else if (histograms !== undefined && hasHistogram(histograms, from, to)) {
        if (bucketless) {
          const bare = withoutBuckets(histograms, from, to)
          const [times, numbers] = [ts.subarray(from, to), values.subarray(from, to)]
          visitHistograms(labels[i]!, times, numbers, 0, to - from, bare, keepStale, visit)
        } else visitHistograms(labels[i]!, ts, values, from, to, histograms, keepStale, visit)
        work *= 4
      } else if (keepStale || firstStale(values, from, to) < 0) {
        visit(labels[i]!, ts, values, from, to, undefined)
      } else {
        const n = copyWithoutStale(ts, values, from, to, clean)
        if (n > 0) visit(labels[i]!, clean.ts, clean.values, 0, n, undefined)
      }
      if (run.spend(work + windows.steps)) return i + 1
    }
    return count
  }

  /** Undefined when the whole batch was visited without a pause, as it is with most. */
  const visitBatch = (batch: SeriesBatch): Promise<void> | undefined => {
    const { count, starts, histograms } = batch
    const batchSize = starts[count]! - starts[0]!
    const weight = batchSize + (histograms === undefined ? 0 : extraWeight(histograms))
    run.hold(weight, selector)
    run.samplesRead += batchSize
    run.seriesRead += count
    const next = visitFrom(batch, 0)
    if (next < count) return visitRest(batch, next, weight)
    run.release(weight)
    return run.isTimeToPause ? run.pause() : undefined
  }

  const visitRest = async (batch: SeriesBatch, from: number, weight: number): Promise<void> => {
    for (let next = from; next < batch.count; next = visitFrom(batch, next)) await run.pause()
    run.release(weight)
    if (run.isTimeToPause) await run.pause()
  }

  run.throwIfCancelled()
  const batches = run.options.source.select(selection, run.options.signal)
  if (Symbol.iterator in batches) {
    for (const batch of batches) {
      const pausing = visitBatch(batch)
      if (pausing !== undefined) await pausing
    }
    return
  }
  for await (const batch of batches) {
    const pausing = visitBatch(batch)
    if (pausing !== undefined) await pausing
  }
}

const NOTHING = new Float64Array(0)

/** Copies samples that are no staleness markers to the front of `clean`, whose arrays grow as needed; returns how many. */
function copyWithoutStale(
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  clean: { ts: Float64Array; values: Float64Array },
): number {
  if (clean.ts.length < to - from) {
    clean.ts = new Float64Array(2 * (to - from))
    clean.values = new Float64Array(2 * (to - from))
  }
  const { ts: cleanTs, values: cleanValues } = clean
  let n = 0
  for (let k = from; k < to; k++) {
    const value = values[k]!
    // biome-ignore lint/suspicious/noSelfCompare: the fastest test for NaN in a hot loop
    if (value !== value && isStaleAt(values, k)) continue
    cleanTs[n] = ts[k]!
    cleanValues[n++] = value
  }
  return n
}

function hasHistogram(histograms: readonly (FloatHistogram | undefined)[], from: number, to: number): boolean {
  for (let k = from; k < to; k++) if (histograms[k] !== undefined) return true
  return false
}

/** As `readSeries` visits series of any kind, with their start times. */
function visitStarted(
  labels: Labels,
  { starts, ts, values, histograms }: SeriesBatch,
  startTimes: Float64Array,
  series: number,
  keepStale: boolean,
  visit: SeriesVisit,
): void {
  const places: number[] = []
  for (let k = starts[series]!; k < starts[series + 1]!; k++) {
    if (keepStale || histograms?.[k] !== undefined || !isStaleAt(values, k)) places.push(k)
  }
  if (places.length === 0) return
  const cells = places.map((k) => histograms?.[k])
  visit(
    labels,
    Float64Array.from(places, (k) => ts[k]!),
    Float64Array.from(places, (k) => (histograms?.[k] === undefined ? values[k]! : 0)),
    0,
    places.length,
    cells.some((one) => one !== undefined) ? cells : undefined,
    Float64Array.from(places, (k) => startTimes[k]!),
  )
}

/** As `readSeries` visits plain numbers; a value beside a histogram is no marker, whatever its bits are. */
function visitHistograms(
  labels: Labels,
  ts: Float64Array,
  values: Float64Array,
  from: number,
  to: number,
  histograms: readonly (FloatHistogram | undefined)[],
  keepStale: boolean,
  visit: SeriesVisit,
): void {
  const places: number[] = []
  for (let k = from; k < to; k++) if (keepStale || histograms[k] !== undefined || !isStaleAt(values, k)) places.push(k)
  if (places.length === to - from) {
    visit(labels, ts, values, from, to, histograms)
    return
  }
  const cleanTs = Float64Array.from(places, (k) => ts[k]!)
  const cleanValues = Float64Array.from(places, (k) => values[k]!)
  const cleanHistograms = places.map((k) => histograms[k])
  visit(labels, cleanTs, cleanValues, 0, places.length, cleanHistograms)
}

function firstStale(values: Float64Array, from: number, to: number): number {
  for (let k = from; k < to; k++) {
    const value = values[k]!
    // biome-ignore lint/suspicious/noSelfCompare: the fastest test for NaN in a hot loop
    if (value !== value && isStaleAt(values, k)) return k
  }
  return -1
}
