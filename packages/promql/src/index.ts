// The PromQL language: text in, values out. Pure: no I/O, no Node APIs, so that the web page uses it too.
// A query is parsed and type-checked (parse/), planned and evaluated column-wise over a SeriesSource (evaluate/).
// Errors carry the position in the query and Prometheus's words.

export { describeFeatures, type FeatureTable } from './describe-features.ts'
export {
  compareLabels,
  countSelectors,
  createExplainer,
  DEFAULT_LOOKBACK_MS,
  DEFAULT_MAX_SAMPLES,
  DEFAULT_SUBQUERY_STEP_MS,
  durationMsOf,
  type EvaluateOptions,
  type EvaluationStats,
  type Explainer,
  type ExplainOptions,
  evaluateInstant,
  evaluatePart,
  evaluateRange,
  type Grid,
  type HistogramResults,
  type HistogramSeries,
  type InstantOptions,
  type InstantResult,
  isStaleAt,
  isSummary,
  type MatrixResult,
  type MatrixSeries,
  type NodeProfile,
  type NodeReads,
  type PartOptions,
  type RangeOptions,
  type ReachOptions,
  type ScalarResult,
  type SlicedParts,
  type SlicePart,
  type SliceRequest,
  type Slicer,
  type StepReach,
  type StringResult,
  stepReach,
  tellOnce,
  type VectorResult,
} from './evaluate/index.ts'
export { type ExplainNode, type ExplainRemark, explainTree } from './explain/index.ts'
export { NO_FEATURES, PROMQL_FEATURES, type PromqlFeature, type PromqlFeatures } from './features.ts'
export { formatExpr, formatPretty } from './format/index.ts'
export { editDistance, findHints, type Hint, type HintFix, type HintKnowledge, nearestWords } from './hints/index.ts'
export {
  findMatchProblems,
  type InferOptions,
  inferLabels,
  isCountedOn,
  type LabelFact,
  type LabelFacts,
  type LabelMismatch,
  type LabelPresence,
  labelFact,
  type MatchProblem,
  metricName,
} from './infer-labels/index.ts'
export { formatLabels, type Labels, labelPairs, labelRecord, labelsOf, labelValue } from './labels.ts'
export { compileMatcher, compileMatchers, literalAlternatives } from './match/index.ts'
export {
  type BoundaryRule,
  type BucketVisit,
  COUNTER_RESET,
  CUSTOM_SCHEMA,
  coarserIndex,
  eachBucket,
  type FloatHistogram,
  formatHistogram,
  GAUGE,
  MAX_SCHEMA,
  MIN_SCHEMA,
  NO_BUCKETS,
  NO_SPANS,
  NOT_RESET,
  type ResetHint,
  UNKNOWN_RESET,
} from './native-histogram/index.ts'
export { formatFloat, formatSample, formatShort } from './number-text.ts'
export {
  type AggregateExpr,
  type AtModifier,
  type BinaryExpr,
  type CallExpr,
  childrenOf,
  type DurationExpr,
  describeFunctions,
  type Expr,
  type FunctionInfo,
  formatDurationMs,
  functionInfo,
  isComparison,
  kindOf,
  type LabelMatcher,
  type Matching,
  type MatrixSelector,
  type ParseOptions,
  parseDurationMs,
  parseExpr,
  parseSelector,
  quote,
  type Span,
  type SubqueryExpr,
  unquote,
  unwrapParens,
  type ValueKind,
  type VectorSelector,
} from './parse/index.ts'
export { PromqlError, type PromqlErrorCode } from './promql-error.ts'
export {
  formatHistogramLiteral,
  isHistogramPoint,
  parseMetric,
  parseSeriesDescription,
  type SeriesDescription,
  type SeriesPoint,
  storedAfter,
} from './series-notation/index.ts'
export type { CancelSignal, Matcher, MatchOp, Selection, SeriesBatch, SeriesSource } from './series-source.ts'
