// Webhooks: the notification as JSON, version 4, or a payload of the team's own.
// In: an entry of `webhook_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { webhookKind } from './kind.ts'
export { webhookBody } from './webhook.ts'
