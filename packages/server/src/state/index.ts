// Control-plane records: what Binnacle itself must remember (silences, notification log, alerts, history), apart from telemetry.
// In: statements of the domains, built with Kysely; each domain brings its tables as numbered steps. Out: rows.
// Promise: a write that has resolved survives kill -9 and loss of power; statements written together happen together or not
// at all; the event loop never waits for the disk, since a thread of its own does.
// One SQLite file in the data folder today. PostgreSQL becomes a second `Backend`; domains write SQL that both take.

export { createState, type StateDeps, type StateOptions } from './create-state.ts'
export type {
  Bulk,
  Change,
  ChangeResult,
  DomainStep,
  State,
  Tables,
  Value,
} from './state.ts'
