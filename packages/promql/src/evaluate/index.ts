// PromQL over a `SeriesSource`. In: a query, its moment or its range, a source, a signal, limits. Out: series as columns
// of typed arrays, with warnings, infos and counts. Promise: the answers are Prometheus's; every series is read once for
// all steps and memory is bounded by the answer and `maxSamples`, not by the samples touched; cancelling stops soon.

export { compareLabels } from './column/label-sets.ts'
export {
  DEFAULT_LOOKBACK_MS,
  DEFAULT_MAX_SAMPLES,
  DEFAULT_SUBQUERY_STEP_MS,
  type EvaluateOptions,
  type EvaluationStats,
  evaluateInstant,
  evaluatePart,
  evaluateRange,
  type HistogramResults,
  type InstantOptions,
  type InstantResult,
  type MatrixResult,
  type MatrixSeries,
  type PartOptions,
  type RangeOptions,
  type ScalarResult,
  type StringResult,
  type VectorResult,
} from './evaluate.ts'
export { createExplainer, type Explainer, type ExplainOptions, type NodeProfile, type NodeReads } from './explain.ts'
export { durationMsOf } from './run/durations.ts'
export type { Grid } from './run/grid.ts'
export type { HistogramSeries, SlicedParts, SlicePart, SliceRequest, Slicer } from './run/slicer.ts'
export { tellOnce } from './run/tell-once.ts'
export { isStaleAt } from './samples/stale.ts'
export { countSelectors } from './slices/slice-plans.ts'
export { type ReachOptions, type StepReach, stepReach } from './step-reach.ts'
export { isSummary } from './vector/histogram.ts'
