// Prometheus's HTTP API v1, exactly as its clients (Grafana, promtool, scripts) expect it.
// In: GET and form POST. Out: {"status","data","warnings","infos"}, or its errors with their types and status codes.
// Promise: this folder only translates; what an error becomes is decided in errors.ts alone.

export { type ApiDeps, api, dataAnswer } from './api.ts'
export { failureHeaders, toApiFailure } from './errors.ts'
export { jsonList, labelsJson, listed, textPieces } from './json.ts'
export { mountManagement } from './lifecycle.ts'
export { mountPrometheusApi } from './prometheus-api.ts'
export { readInstant, readRange } from './query.ts'
