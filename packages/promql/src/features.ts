/**
 * Parts of PromQL that Prometheus itself keeps behind feature flags, by the names of those flags:
 *
 * - `promql-experimental-functions`: functions and aggregations marked experimental
 * - `promql-duration-expr`: arithmetic in `[...]` and after `offset`
 * - `promql-binop-fill-modifiers`: `fill(0)` after a binary operator
 * - `promql-delayed-name-removal`: the metric name is dropped at the end of the evaluation rather than at once
 * - `promql-extended-range-selectors`: `anchored` and `smoothed` behind a selector
 * - `type-and-unit-labels`: the labels `__type__` and `__unit__` belong to the metric's name and go with it
 * - `use-start-timestamps`: `rate`, `irate`, `increase` and `resets` look at the start times of samples
 * - `promql-per-step-stats`: `stats=all` tells the samples of each step
 *
 * None is on by default.
 */
export const PROMQL_FEATURES = [
  'promql-experimental-functions',
  'promql-duration-expr',
  'promql-binop-fill-modifiers',
  'promql-delayed-name-removal',
  'promql-extended-range-selectors',
  'promql-per-step-stats',
  'type-and-unit-labels',
  'use-start-timestamps',
] as const

export type PromqlFeature = (typeof PROMQL_FEATURES)[number]

export type PromqlFeatures = ReadonlySet<PromqlFeature>

export const NO_FEATURES: PromqlFeatures = new Set()
