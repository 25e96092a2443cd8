// E-mail by SMTP, in HTML and text.
// In: an entry of `email_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { emailKind } from './kind.ts'
