import type { Labels, SeriesBatch } from '@binnacle/promql'
import {
  clear,
  type FoundSamples,
  type Intervals,
  type LateSamples,
  lateByRow,
  readHeadSeries,
  type SampleBuffer,
  type SlabViews,
  withoutDeleted,
} from '../store/index.ts'
import type { SelectedSeries } from './selected-series.ts'

/** A batch is handed over when it has so many samples: bounds the memory of a query to its answer and a slice. */
const BATCH_SAMPLES = 32_768
/** The same once there are native histograms among them: one may take a KB. */
const BATCH_MIXED_SAMPLES = 4_096
const BATCH_SERIES = 1024

export type BatchesDeps = {
  readonly views: readonly (SlabViews | undefined)[]
  /** Told how many samples came from where. */
  readonly onRead: (from: 'head' | 'engine', samples: number) => void
}

/** From the head come the samples in `[fromMs, toMs]`. */
export type BatchesRange = { readonly fromMs: number; readonly toMs: number; readonly rows: number }

/** Series of a selection with their samples, gathered in `samples`, which belongs to the caller, until a batch is full. */
export class Batches {
  readonly samples: SampleBuffer
  readonly #deps: BatchesDeps
  readonly #selected: SelectedSeries
  readonly #fromMs: number
  readonly #toMs: number
  readonly #late: Map<number, LateSamples>
  readonly #deleted: ReadonlyMap<number, Intervals>
  readonly #mostSeries: number
  readonly #starts: Uint32Array
  readonly #rows: Uint32Array
  #labels: Labels[] = []

  constructor(deps: BatchesDeps, selected: SelectedSeries, range: BatchesRange, samples: SampleBuffer) {
    this.samples = samples
    this.#deps = deps
    this.#selected = selected
    this.#fromMs = range.fromMs
    this.#toMs = range.toMs
    this.#late = lateByRow(selected.snapshot)
    this.#deleted = selected.deleted
    this.#mostSeries = Math.min(BATCH_SERIES, range.rows)
    this.#starts = new Uint32Array(this.#mostSeries + 1)
    this.#rows = new Uint32Array(this.#mostSeries)
  }

  get isEmpty(): boolean {
    return this.#labels.length === 0
  }

  /** Adds what the engine gave of series `at` of its answer, then what the head has of the row; true when the batch is full. */
  add(row: number, found: FoundSamples | undefined, at: number): boolean {
    const { samples } = this
    const { views, onRead } = this.#deps
    const start = samples.length
    found?.appendTo(at, samples)
    const middle = samples.length
    if (this.#fromMs <= this.#toMs)
      readHeadSeries(views, this.#selected.snapshot, this.#late, row, this.#fromMs, this.#toMs, samples)
    if (middle > start) onRead('engine', middle - start)
    if (samples.length > middle) onRead('head', samples.length - middle)
    const intervals = this.#deleted.size === 0 ? undefined : this.#deleted.get(row)
    if (intervals !== undefined) withoutDeleted(samples, start, intervals)
    if (samples.length === start) return false
    const labels = this.#labels
    this.#rows[labels.length] = row
    labels.push(this.#selected.labelsOf(row))
    this.#starts[labels.length] = samples.length
    const full = samples.length >= (samples.histograms === undefined ? BATCH_SAMPLES : BATCH_MIXED_SAMPLES)
    return full || labels.length === this.#mostSeries
  }

  /** What was added since the last `clear`. */
  batch(): SeriesBatch {
    const { ts, values, histograms } = this.samples
    const labels = this.#labels
    return { count: labels.length, labels, rows: this.#rows, starts: this.#starts, ts, values, histograms }
  }

  /** Begins the next batch. */
  clear(): void {
    clear(this.samples)
    this.#labels = []
  }
}
