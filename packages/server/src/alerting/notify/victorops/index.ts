// VictorOps (Splunk On-Call), by its REST endpoint.
// In: an entry of `victorops_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { victoropsKind } from './kind.ts'
