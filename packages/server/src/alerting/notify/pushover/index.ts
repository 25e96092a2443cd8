// Pushover: messages on phones, repeated until somebody reacts.
// In: an entry of `pushover_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { pushoverKind } from './kind.ts'
