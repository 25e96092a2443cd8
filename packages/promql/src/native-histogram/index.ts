// Native histograms as values: the sample itself and arithmetic on it. In and out: `FloatHistogram`, whose arrays nobody
// changes after it was made (they may be shared between samples).
// Promise: integer histograms of the wire become floats exactly (counts are below 2^53); the results are Prometheus's.

export { newDoubles } from './arrays.ts'
export { coarserIndex, upperBound } from './bounds.ts'
export { type BoundaryRule, type BucketVisit, eachBucket } from './buckets.ts'
export { equalHistograms, isReset } from './compare.ts'
export { increaseOfCount, isAligned, scaledIncrease } from './difference.ts'
export {
  type Estimate,
  fractionOfHistogram,
  quantileOfHistogram,
  varianceOfHistogram,
} from './estimate.ts'
export {
  COUNTER_RESET,
  CUSTOM_SCHEMA,
  type FloatHistogram,
  GAUGE,
  isCustom,
  MAX_SCHEMA,
  MIN_SCHEMA,
  NO_BUCKETS,
  NO_SPANS,
  NOT_RESET,
  type ResetHint,
  sizeInSamples,
  UNKNOWN_RESET,
  withResetHint,
} from './float-histogram.ts'
export { areAligned, compact, sameLayout, sameNumbers } from './layout.ts'
export { divide, multiply } from './scale.ts'
export { COLLISION, HintsSeen, HistogramMean, HistogramSum, INCOMPATIBLE, type Outcome, RECONCILED } from './sum.ts'
export { formatHistogram } from './text.ts'
export { trimHistogram } from './trim.ts'
