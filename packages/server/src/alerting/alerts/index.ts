// Alerts that were accepted, whoever sent them: what is firing, and what has ended and is still to be told.
// In: alerts of rules and of other senders. Out: alerts as Alertmanager would merge them, and their rows.
// Promise: an alert is a row before its sender is answered; ends that nobody spoke of are noticed.

export type { Origin } from './alert-rows.sql.ts'
export { type AcceptedAlert, type AlertChanges, type AlertStore, createAlertStore } from './alert-store.ts'
export { readIncoming } from './read-incoming.ts'
