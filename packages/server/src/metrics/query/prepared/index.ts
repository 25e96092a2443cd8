// Queries that are asked again and again, as rules ask: parsed once, answered as vectors in columns, without JSON.
// In: an expression, a moment. Out: its value; which of the series it reads still have samples; when those came last.
// Promise: light ones never leave the watch, heavy ones never hold it up.

export { createPreparedQueries } from './create-prepared-queries.ts'
export type { InputCheck } from './input-check.ts'
export type { Arrival, PreparedQueries, PreparedQuery } from './prepared-query.ts'
