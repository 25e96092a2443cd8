// PromQL over a `SeriesSource`. In: a query, its moment or its range, a source, a signal, limits. Out: series as columns
// of typed arrays, with warnings, infos and counts. Promise: the answers are Prometheus's; every series is read once for
// all steps and memory is bounded by the answer and `maxSamples`, not by the samples touched; cancelling stops soon.

export { compareLabels } from './column.ts'
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
export { isSummary } from './histogram.ts'
export type { Grid } from './run.ts'
export { durationMsOf } from './samples.ts'
export {
  countSelectors,
  type HistogramSeries,
  type SlicedParts,
  type SlicePart,
  type SliceRequest,
  type Slicer,
} from './slices.ts'
export { isStaleAt } from './stale.ts'
export { type ReachOptions, type StepReach, stepReach } from './step-reach.ts'
export { tellOnce } from './tell-once.ts'
