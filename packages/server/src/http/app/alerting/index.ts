// The page API of alerts, their history, rules, silences and routing.
// In: GET /api/app/alerts, /alerts/summary, /alerts/history ..., /rules, /silences, /routing; changes by POST, from pages of
// this server only. Out: JSON; lists in pages with their counts. History as CSV or JSON of any length, streamed.
// Promise: alerts are read once a second, however many pages look; every answer is bounded.

export { mountAlerting, type ToHandler } from './mount-alerting.ts'
