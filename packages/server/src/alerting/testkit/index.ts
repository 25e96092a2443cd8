// The real Alertmanager and amtool beside ours, for tests. In: configuration and arguments. Out: its address, its answers.
// Promise: each runs in a folder of its own and leaves nothing behind.

export {
  type AmtoolResult,
  alertmanagerMissing,
  amtool,
  type RunningAlertmanager,
  startAlertmanager,
} from './start-alertmanager.ts'
