// For tests: stories on a driven clock with recorded receivers, and the real Alertmanager and amtool beside ours.
// In: configurations, alerts, arguments. Out: what receivers were told; the judge's address and answers.
// Promise: each runs in a folder of its own and leaves nothing behind.

export { type Answer, type Attempt, recorderKind } from './recorder-kind.ts'
export { seededRandom } from './seeded-random.ts'
export { formatAlert, parseAlert, refuse, type Story, type StoryOptions, startAlerting } from './start-alerting.ts'
export {
  type AmtoolResult,
  alertmanagerMissing,
  amtool,
  type RunningAlertmanager,
  startAlertmanager,
} from './start-alertmanager.ts'
export { startWebhookRecorder, type WebhookCall, type WebhookRecorder } from './webhook-recorder.ts'
