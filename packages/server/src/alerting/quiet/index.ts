// Quiet: what keeps alerts from being told, as events of their history.
// In: alerts, silences, inhibitions. Out: events of their beginning and end for each alert.
// Promise: each is recorded once, through restarts; time intervals are recorded with what they withheld.

export { createQuietWatch, type Quiet, type QuietWatch } from './quiet-watch.ts'
export { createWithheld, type WithheldAlerts, type WithheldRecords } from './withheld.ts'
