// Alerts that other senders push: SNS (CloudWatch alarms), Grafana's contact points, other Alertmanagers.
// In: their requests, with a token where one is set. Out: what became of them, in our own error shape.
// Promise: an answer of 200 means that the alerts are stored; what the sender should repeat is 503.

export { mountAlertIntake } from './mount.ts'
