// Opsgenie: alerts that are created, brought up to date and closed.
// In: an entry of `opsgenie_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { opsgenieKind } from './kind.ts'
