// Slack: one message with an attachment, by a webhook or by the API with the token of an app.
// In: an entry of `slack_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { slackKind } from './kind.ts'
