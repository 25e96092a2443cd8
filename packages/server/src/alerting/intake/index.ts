// Alerts of other senders: CloudWatch alarms that come as SNS notifications, and webhooks of Grafana and Alertmanagers.
// In: the body of one message. Out: alerts as all others come in, or why the message is refused.
// Promise: an SNS message counts only when Amazon signed it and its topic is one of ours; nothing is fetched from an
// address that is not Amazon's.

export { createSnsIntake, type SnsIntake, type SnsIntakeDeps, type SnsOptions, type SnsOutcome } from './sns-intake.ts'
export { alertsOfWebhook } from './webhook-alerts.ts'
