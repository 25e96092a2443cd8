// Questions about metrics: PromQL and label look-ups over head and engine, heavy ones in worker threads.
// In: query text, times, limits, a signal. Out: pieces of JSON in Prometheus's shape, or an error with code and position.
// Promise: a read sees every sample accepted before it; a query past a limit ends with that limit's name.

export { createQuerier, type QuerierDeps, type QuerierOptions, type QuerierPart } from './create-querier.ts'
export type { VectorAnswer } from './evaluation.ts'
export {
  createExemplarReader,
  type ExemplarReader,
  type ExemplarSeries,
  type ExemplarsAnswer,
  type ExemplarsQuery,
} from './exemplars.ts'
export type { EmptyReason, Explanation, NodeExplanation } from './explanation.ts'
export { gatherJson, type JsonPieces } from './json-pieces.ts'
export { createLastSeen, type LastSeen } from './last-seen.ts'
export type { Arrival, InputCheck, PreparedQueries, PreparedQuery } from './prepared/index.ts'
export type {
  Asker,
  InstantQuery,
  Listing,
  MetadataQuery,
  Querier,
  QueryAnswer,
  QueryLimits,
  QueryStats,
  RangeQuery,
  SeriesListing,
} from './querier.ts'
export { createQueryGate, type QueryGate } from './query-gate.ts'
export { createSeriesReader, type SeriesRead, type SeriesReader } from './series-reader.ts'
