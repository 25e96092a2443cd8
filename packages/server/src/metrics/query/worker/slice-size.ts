import type { SliceRequest } from '@binnacle/promql'

/** Samples of a series are taken to be so far apart. */
const TYPICAL_INTERVAL_MS = 15_000
/** What finding, naming and beginning a series costs, in samples. */
const SERIES_COST = 60
/** Slices that share the work well between a few threads without costing the engine too many reads. */
const SLICES = 4
/** A slice is worth it from so much work on, in samples: about a millisecond and a half. */
const LEAST_WORK = 120_000
const MOST_SERIES = 2_000
/** Cells of one slice's columns at most: 18 MB. */
const MOST_CELLS = 2_000_000

function workPerSeries({ selection, grid }: SliceRequest): number {
  const samples = 1 + (selection.toMs - selection.fromMs) / TYPICAL_INTERVAL_MS
  return SERIES_COST + Math.max(samples, grid.steps)
}

/** Work of a part of a query, in samples, by estimate. */
export function workOf(series: number, request: SliceRequest): number {
  return series * workPerSeries(request)
}

/**
 * Series of one slice. Depends on the selection and the steps alone, never on who is free or on what is in memory, so that
 * an answer is the same to the last bit at every run.
 */
export function sliceSize(series: number, request: SliceRequest): number {
  const least = Math.ceil(LEAST_WORK / workPerSeries(request))
  const most = Math.max(1, Math.min(MOST_SERIES, Math.floor(MOST_CELLS / Math.max(1, request.grid.steps))))
  return Math.min(most, Math.max(least, Math.ceil(series / SLICES)))
}
