// Groups of alerts and their rhythm: first word after group_wait, news every group_interval, the same again after
// repeat_interval. In: alerts that came in, routes. Out: flushes, each with all alerts of a group at one time.
// Promise: flushes of one group never overlap; an ended alert stays in its group until its end was told.

export type { AggregationGroup, Flush } from './aggregation-group.ts'
export { compareLabelSets, sortAlerts, sortAlertsInSlices } from './alert-order.ts'
export { createDispatcher, type Dispatcher } from './dispatcher.ts'
