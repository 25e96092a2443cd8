import { type FloatHistogram, formatLabels, type Labels } from '@binnacle/promql'
import { BinnacleError } from '../../../config/index.ts'
import { recordsOf } from '../../store/histogram-records.ts'
import type {
  AppendResult,
  ExemplarInput,
  MetricMetadata,
  MetricsStore,
  SampleBatch,
  SeriesRef,
} from '../../store/index.ts'

export type StoredSample = { readonly ts: number; readonly value: number; readonly stale: boolean }

export type MemoryStoreOptions = {
  /** `refOf` of a further series throws kind `limit`. */
  readonly maxSeries?: number
  /** Samples outside are counted as out of bounds. Unix ms, inclusive. */
  readonly oldestMs?: number
  readonly newestMs?: number
}

/** A `MetricsStore` in plain memory, for tests of intake, with windows to look through. */
export type MemoryStore = MetricsStore & {
  /** Samples of a series in ascending time; the series is named as `formatLabels` prints it, such as `up{job="a"}`. */
  samplesOf(series: string): StoredSample[]
  /** Native histograms of a series in ascending time. */
  histogramsOf(series: string): { readonly ts: number; readonly histogram: FloatHistogram }[]
  /** Newest sample's value, or undefined without any. */
  lastValue(series: string): number | undefined
  /** Names of all series ever seen, sorted. */
  seriesNames(): string[]
  readonly exemplars: readonly ExemplarInput[]
  readonly metadata: ReadonlyMap<string, MetricMetadata>
  readonly appendCalls: number
  readonly describeCalls: number
  /** Voids every ref, as the head does after it dropped series; samples stay to be looked at. */
  changeEpoch(): void
  /** The next calls of `admit` throw this, until called with undefined. */
  refuse(error: BinnacleError | undefined): void
  /** While held, `flushed` waits. */
  holdFlush(): { release(): void; fail(error: unknown): void }
}

type Stored = {
  labels: Labels
  ts: number[]
  bits: Map<number, Float64Array>
  histograms: Map<number, FloatHistogram>
}

export function createMemoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const byName = new Map<string, Stored>()
  const metadata = new Map<string, MetricMetadata>()
  const exemplars: ExemplarInput[] = []
  let series: Stored[] = []
  let refs = new Map<string, SeriesRef>()
  // Refs of one epoch never mean something in the next: they go on counting, so that a stale one is found out.
  let firstRef = 1
  let epoch = 1
  let refusal: BinnacleError | undefined
  let hold: Promise<void> | undefined
  let appendCalls = 0
  let describeCalls = 0

  function stored(ref: SeriesRef): Stored {
    const found = series[ref - firstRef]
    if (!found) throw new Error(`ref ${ref} is not of this epoch`)
    return found
  }

  return {
    get epoch() {
      return epoch
    },
    refOf(labels) {
      const key = labels.join('\xff')
      const known = refs.get(key)
      if (known !== undefined) return known
      if (series.length >= (options.maxSeries ?? Number.POSITIVE_INFINITY)) {
        throw new BinnacleError('store.series_limit', 'no room for another series', { kind: 'limit' })
      }
      for (let i = 0; i < labels.length; i += 2) {
        if (labels[i + 1] === '') throw new Error(`empty label value in ${formatLabels(labels)}`)
        if (i > 0 && labels[i - 2]! >= labels[i]!) throw new Error(`labels are not sorted: ${formatLabels(labels)}`)
      }
      const name = formatLabels(labels)
      const entry = byName.get(name) ?? { labels, ts: [], bits: new Map(), histograms: new Map() }
      byName.set(name, entry)
      series.push(entry)
      const ref = firstRef + series.length - 1
      refs.set(key, ref)
      return ref
    },
    labelsOf: (ref) => stored(ref).labels,
    append(batch: SampleBatch): AppendResult {
      appendCalls++
      // As the store does it: what cannot be kept throws, a bug of the intake.
      recordsOf(batch)
      const result: AppendResult = {
        accepted: 0,
        late: 0,
        duplicates: 0,
        repeated: 0,
        outOfBounds: 0,
        outOfBoundsHistograms: 0,
      }
      for (let i = 0; i < batch.length; i++) {
        const to = stored(batch.refs[i]!)
        const ts = batch.ts[i]!
        if (
          ts < (options.oldestMs ?? Number.NEGATIVE_INFINITY) ||
          ts > (options.newestMs ?? Number.POSITIVE_INFINITY)
        ) {
          result.outOfBounds++
          if (batch.histograms?.[i] !== undefined) result.outOfBoundsHistograms++
        } else if (to.bits.has(ts)) {
          result.duplicates++
        } else {
          if (to.ts.length > 0 && ts < to.ts[to.ts.length - 1]!) result.late++
          result.accepted++
          to.ts.push(ts)
          to.ts.sort((a, b) => a - b)
          to.bits.set(ts, batch.values.slice(i, i + 1))
          const histogram = batch.histograms?.[i]
          if (histogram !== undefined) to.histograms.set(ts, histogram)
        }
      }
      return result
    },
    admit() {
      if (refusal) throw refusal
    },
    async flushed(signal) {
      signal.throwIfAborted()
      await hold
    },
    describe(metric, described) {
      describeCalls++
      metadata.set(metric, described)
    },
    addExemplar(exemplar) {
      exemplars.push(exemplar)
    },
    samplesOf(name) {
      const found = byName.get(name)
      return (found?.ts ?? []).map((ts) => {
        const value = found!.bits.get(ts)!
        const bits = new BigUint64Array(value.buffer)[0]
        return { ts, value: value[0]!, stale: bits === 0x7ff0000000000002n }
      })
    },
    histogramsOf(name) {
      const found = byName.get(name)
      return (found?.ts ?? []).flatMap((ts) => {
        const histogram = found!.histograms.get(ts)
        return histogram === undefined ? [] : [{ ts, histogram }]
      })
    },
    lastValue(name) {
      const found = byName.get(name)
      return found && found.ts.length > 0 ? found.bits.get(found.ts[found.ts.length - 1]!)![0] : undefined
    },
    seriesNames: () => [...byName.keys()].sort(),
    exemplars,
    metadata,
    get appendCalls() {
      return appendCalls
    },
    get describeCalls() {
      return describeCalls
    },
    changeEpoch() {
      epoch++
      firstRef += series.length
      series = []
      refs = new Map()
    },
    refuse(error) {
      refusal = error
    },
    holdFlush() {
      let release!: () => void
      let fail!: (error: unknown) => void
      const gate = new Promise<void>((resolve, reject) => {
        release = resolve
        fail = reject
      })
      gate.catch(() => {})
      hold = gate
      return {
        release() {
          hold = undefined
          release()
        },
        fail(error) {
          hold = undefined
          fail(error)
        },
      }
    },
  }
}
