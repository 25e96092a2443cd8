// The server as the pages see it: one file per resource with its fetch, its cache keys and its options.
// In: queries, ranges, ids. Out: answers as columns and plain objects, or an `ApiError` with code and hint.
// Promise: same origin only; every request carries the abort signal of whoever waits for it.

export { ApiError, callPrometheus, toQueryString } from './client.ts'
export { type Exemplar, exemplars } from './exemplars.ts'
export { type EmptyReason, type Explanation, explanations, type NodeExplanation } from './explanation.ts'
export { type ExploredFrame, type ExploreRequest, explored, gridOf } from './explored.ts'
export { type Labelled, labels } from './labels.ts'
export type { NativeHistogram, RankBy, Spread } from './matrix/index.ts'
export { type MetricKind, type MetricMeta, metadata, metaOf } from './metadata.ts'
export {
  type Frame,
  type FrameSeries,
  type InstantAnswer,
  type InstantSample,
  type LabelMap,
  MAX_INSTANT_SERIES,
  queries,
  queryInstant,
  queryRange,
  type RangeRequest,
  withWindow,
} from './query.ts'
export { type DiscoveryProblem, type Finding, findingsOf, type Self, selfQuery } from './self.ts'
export {
  type ActiveTarget,
  type DroppedTarget,
  type ScrapeAnswer,
  scrapeNow,
  type TargetHealth,
  type Targets,
  targets,
} from './targets.ts'
