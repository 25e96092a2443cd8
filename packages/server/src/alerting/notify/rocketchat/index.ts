// Rocket.Chat: messages by its REST API.
// In: an entry of `rocketchat_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { rocketchatKind } from './kind.ts'
