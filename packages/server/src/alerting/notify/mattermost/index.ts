// Mattermost: messages with attachments, by a webhook.
// In: an entry of `mattermost_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { mattermostKind } from './kind.ts'
