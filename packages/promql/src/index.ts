// The PromQL language: text in, values out. Pure: no I/O, no Node APIs, so that the web page uses it too.
// A query is parsed and type-checked (parse/), planned and evaluated column-wise over a SeriesSource (evaluate/).
// Errors carry the position in the query and Prometheus's words.

export { EMPTY_LABELS, formatLabels, type Labels, labelsOf, labelValue } from './labels.ts'
export type { CancelSignal, Matcher, MatchOp, Selection, SeriesBatch, SeriesSource } from './series-source.ts'
