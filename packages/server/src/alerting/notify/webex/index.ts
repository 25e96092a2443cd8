// Webex: Markdown messages in a room.
// In: an entry of `webex_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { webexKind } from './kind.ts'
