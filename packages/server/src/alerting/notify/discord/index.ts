// Discord: a message with an embed, by a webhook.
// In: an entry of `discord_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { discordKind } from './kind.ts'
