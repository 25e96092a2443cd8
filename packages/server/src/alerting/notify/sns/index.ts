// AWS SNS: messages to a topic, an endpoint or a phone, signed by Signature Version 4.
// In: an entry of `sns_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { snsKind } from './kind.ts'
