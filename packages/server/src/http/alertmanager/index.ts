// Alertmanager's HTTP API v2, exactly as its clients (amtool, Prometheus, Grafana) expect it.
// In: JSON and query parameters. Out: alerts, groups, silences, receivers and status in its shapes, or its errors.
// Promise: this folder only translates; what an error becomes is decided in answers.ts alone.

export { mountAlertmanagerApi } from './alertmanager-api.ts'
