// Rules: groups of recording and alerting rules, evaluated on the newest samples, and the state of each alert.
// In: rule files, a query face, the clock. Out: series of recording rules, ALERTS, alerts for the sink, transitions.
// Promise: a restart neither loses nor repeats a state; every change of state is recorded with its reason.

export type { IncomingAlert } from './incoming-alert.ts'
export type { AlertState, ResolvedReason, Transition, TransitionRecorder } from './transition.ts'
