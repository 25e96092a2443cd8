// alertmanager.yml: reading and checking it, and what it says in our types.
// In: text, its file name, the environment. Out: the route tree, inhibitions, time intervals and receivers, or every error
// with its place. Promise: a file that Alertmanager takes is taken, and one that it refuses for another reason than the
// environment is refused.

export type {
  AlertmanagerConfig,
  CheckedAlertmanagerConfig,
  InhibitRule,
  ReceiverConfig,
  Route,
} from './alertmanager-config.ts'
export {
  type AlertmanagerDefaults,
  type CheckOptions,
  checkAlertmanagerConfig,
  NO_CONFIG,
} from './check-alertmanager-config.ts'
export { globalSchema } from './schema.ts'
