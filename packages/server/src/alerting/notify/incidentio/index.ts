// incident.io: the alerts of a group for an HTTP alert source.
// In: an entry of `incidentio_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { incidentioKind } from './kind.ts'
