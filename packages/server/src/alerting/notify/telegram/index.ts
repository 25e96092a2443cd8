// Telegram: messages of a bot in a chat.
// In: an entry of `telegram_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { telegramKind } from './kind.ts'
