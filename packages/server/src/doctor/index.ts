// The doctor: can each alert fire here, and does each route get one? What rules, routes, inhibitions and templates ask for
// is held against the series that exist. In: rules, routing, a catalogue of series (of the store, or of pages of metrics).
// Out: a verdict for each rule with the part that is missing and the nearest name that exists.
// Promise: "cannot fire" is said of what is missing, never of what has but not happened yet.

export type { Catalogue, Selected, SeriesValue } from './catalogue.ts'
export {
  createDoctor,
  type Doctor,
  type DoctorDeps,
  type DoctorInput,
  type DoctorOptions,
  type DoctorView,
} from './create-doctor.ts'
export { type AskingCatalogue, type DiagnoseDeps, diagnose, type ToDiagnose } from './diagnose.ts'
export type { RoutingToExamine } from './examine-routing.ts'
export type { LastSeen } from './fault.ts'
export { ANY_VALUE } from './label-sets.ts'
export type { SeriesSource } from './live-catalogue.ts'
export { createPageCatalogue, type KnownJob, type Page } from './page-catalogue.ts'
export {
  type DoctorCounts,
  type DoctorFinding,
  type DoctorReport,
  findingsOf,
  type RuleReport,
  type Verdict,
} from './report.ts'
