// Jira: one issue for a group, created, reopened and resolved.
// In: an entry of `jira_configs` and notifications. Out: one attempt each, and what was answered.
// Promise: what Alertmanager takes here is taken; the answer says whether another attempt may fare better.

export { jiraKind } from './kind.ts'
