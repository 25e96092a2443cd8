/**
 * Parts of PromQL that Prometheus itself keeps behind feature flags:
 * `experimental-functions` (functions and aggregations marked so), `duration-expressions` (arithmetic in `[...]` and
 * `offset`), `fill-modifiers` (`fill(0)` after a binary operator), `delayed-name-removal` (the metric name is dropped
 * at the end of the evaluation rather than at once). None is on by default.
 */
export type PromqlFeature =
  | 'experimental-functions'
  | 'duration-expressions'
  | 'fill-modifiers'
  | 'delayed-name-removal'

export type PromqlFeatures = ReadonlySet<PromqlFeature>

export const NO_FEATURES: PromqlFeatures = new Set()
