// Alerts: what fires now, each alert with what became of it, the rules behind them, and what happened.
// In: the page API of alerts, rules and their history; PromQL for graphs and back-tests. Out: the pages.
// Promise: filters, groups and what is open are in the address; ten thousand alerts stay usable.

export { AlertPage } from './alert-page.tsx'
export { AlertsPage } from './alerts-page.tsx'
export { HistoryPage } from './history-page.tsx'
export { RulePage } from './rule-page.tsx'
export { RulesPage } from './rules-page.tsx'
