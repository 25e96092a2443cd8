// External Alertmanagers: alerts of rules go to those that a prometheus.yml names, as Prometheus sends them.
// In: `alerting` of the configuration, alerts. Out: requests to their API v2, and who is found.
// Promise: a slow or missing Alertmanager holds up nobody; what waits for it is bounded, the newest word on an alert stays.

export { createExternalAlertmanagers, type ExternalAlertmanagers, type ExternalView } from './external-alertmanagers.ts'
