// The API of our own pages: what Prometheus's API has no place for.
// In: GET /api/app/self, POST /api/app/targets/<id>/scrape. Out: JSON; errors as {"error":{code,message,hint}}.
// Promise: nothing here is needed by other programs; it may change with the pages.

export { mountAppApi } from './app-api.ts'
