import type { Clock } from '../../../telemetry/index.ts'
import type { MetricsTables } from '../metrics-tables.ts'
import type { SeriesRef } from '../sample-batch.ts'
import type { ChunkKey } from './chunk-rows.ts'

export type CutDeps = {
  readonly tables: MetricsTables
  readonly keyOf: (ref: SeriesRef) => ChunkKey
  readonly clock: Clock
}

/** What is known of one bucket's rows and chunks in the engine. */
type BucketState = {
  /** Highest gen under which rows were logged; -1 for none. */
  rowsGen: number
  /** The same of native histograms alone. */
  histogramGen: number
  /** Gen up to which a cut is committed; -1 for none. */
  cutGen: number
  /** Monotonic ms of the last row. */
  lastRowAt: number
  /** Parts that were written because the head had to give memory back before the bucket ended. */
  earlyParts: number
  /** Whether the head still holds everything of those parts (after a start it does again). */
  headHasAll: boolean
}

/**
 * Book of the cuts: which buckets have rows in the log that no chunk holds yet, and which parts a bucket has.
 * Loaded at start from the engine, kept in step by log and cuts.
 */
export type CutRecord = {
  /** Rows went to the log; `histograms` tells that they are such. */
  logged(bucket: number, gen: number, nowMonotonic: number, histograms: boolean): void
  committed(bucket: number, gen: number, part: number): void
  /** Loaded from the engine at start. */
  loaded(bucket: number, facts: { rowsGen?: number; histogramGen?: number; cutGen?: number; maxPart?: number }): void
  /** The head gave up pieces of the bucket: from now on it does not hold all of it. */
  headLost(bucket: number): void
  /** True while the log has rows of the bucket that are not in chunks. */
  hasRows(bucket: number): boolean
  /** The same of histograms alone: only then `histogram_samples` has to be asked. */
  hasHistograms(bucket: number): boolean
  cutGenOf(bucket: number): number
  /** Buckets with such rows, ascending. */
  withRows(): number[]
  lastRowAt(bucket: number): number
  /** Part number for a cut of what the head holds, and the parts that it replaces. */
  nextPart(bucket: number): { part: number; replacedParts: number[] }
  forgetBefore(bucket: number): void
}

export function createCutRecord(): CutRecord {
  const buckets = new Map<number, BucketState>()

  function stateOf(bucket: number): BucketState {
    let state = buckets.get(bucket)
    if (!state) {
      state = { rowsGen: -1, histogramGen: -1, cutGen: -1, lastRowAt: 0, earlyParts: 0, headHasAll: true }
      buckets.set(bucket, state)
    }
    return state
  }

  const hasRows = (state: BucketState | undefined) => state !== undefined && state.rowsGen > state.cutGen

  return {
    logged(bucket, gen, nowMonotonic, histograms) {
      const state = stateOf(bucket)
      state.rowsGen = Math.max(state.rowsGen, gen)
      if (histograms) state.histogramGen = Math.max(state.histogramGen, gen)
      state.lastRowAt = nowMonotonic
    },
    committed(bucket, gen, part) {
      const state = stateOf(bucket)
      state.cutGen = Math.max(state.cutGen, gen)
      state.earlyParts = part === 0 ? 0 : Math.max(state.earlyParts, part)
      if (part === 0) state.headHasAll = true
    },
    loaded(bucket, facts) {
      const state = stateOf(bucket)
      state.histogramGen = Math.max(state.histogramGen, facts.histogramGen ?? -1)
      state.rowsGen = Math.max(state.rowsGen, facts.rowsGen ?? -1, state.histogramGen)
      state.cutGen = Math.max(state.cutGen, facts.cutGen ?? -1)
      state.earlyParts = Math.max(state.earlyParts, facts.maxPart ?? 0)
    },
    headLost(bucket) {
      stateOf(bucket).headHasAll = false
    },
    hasRows: (bucket) => hasRows(buckets.get(bucket)),
    hasHistograms(bucket) {
      const state = buckets.get(bucket)
      return state !== undefined && state.histogramGen > state.cutGen
    },
    cutGenOf: (bucket) => buckets.get(bucket)?.cutGen ?? -1,
    withRows: () =>
      [...buckets]
        .filter(([, state]) => hasRows(state))
        .map(([bucket]) => bucket)
        .sort((a, b) => a - b),
    lastRowAt: (bucket) => buckets.get(bucket)?.lastRowAt ?? 0,
    nextPart(bucket) {
      const state = stateOf(bucket)
      if (!state.headHasAll) return { part: state.earlyParts + 1, replacedParts: [] }
      return { part: 0, replacedParts: Array.from({ length: state.earlyParts }, (_, i) => i + 1) }
    },
    forgetBefore(bucket) {
      for (const known of buckets.keys()) if (known < bucket) buckets.delete(known)
    },
  }
}
