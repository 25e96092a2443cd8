// The API of our own pages: what Prometheus's API has no place for.
// In: GET /api/app/self, POST /api/app/targets/<id>/scrape, GET or POST /api/app/explain. Out: JSON; errors as
// {"error":{code,message,hint}}; alerting/ has its own; `explain` takes and answers like a query, in Prometheus's envelope.
// Promise: nothing here is needed by other programs; it may change with the pages.

export { mountAppApi } from './app-api.ts'
