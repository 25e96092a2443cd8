// Microsoft Teams: message cards for connectors (`msteams_configs`), adaptive cards for workflows (`msteamsv2_configs`).
// In: an entry of its section and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; a refusal that hides behind a status of 200 is seen.

export { msteamsKind, msteamsv2Kind } from './kind.ts'
