// PagerDuty: events that trigger and resolve, of version 2 and 1 of the Events API.
// In: an entry of `pagerduty_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { pagerdutyKind } from './kind.ts'
