// Native histograms as values: the sample itself and arithmetic on it. In and out: `FloatHistogram`, whose arrays nobody
// changes after it was made (they may be shared between samples).
// Promise: integer histograms of the wire become floats exactly (counts are below 2^53); what Prometheus refuses is told.

export {
  COUNTER_RESET,
  CUSTOM_SCHEMA,
  type FloatHistogram,
  GAUGE,
  MAX_SCHEMA,
  MIN_SCHEMA,
  NO_BUCKETS,
  NO_SPANS,
  NOT_RESET,
  type ResetHint,
  UNKNOWN_RESET,
} from './float-histogram.ts'
