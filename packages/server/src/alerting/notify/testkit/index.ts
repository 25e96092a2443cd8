// Receivers beside real servers: a recorder of HTTP and HTTPS requests (a proxy too), a mailbox that speaks SMTP, and what
// the documentation of each service says about its requests. In: notifiers. Out: what they sent.
// Promise: a request that a service would refuse is refused here.

export { type Mailbox, type MailboxOptions, type ReceivedMail, startMailbox } from './mailbox.ts'
export {
  type AlertText,
  alertOf,
  NOW_MS,
  notificationOf,
  resolvedNotificationOf,
  SAMPLE_ALERTS,
} from './notifications.ts'
export { type BuildOptions, checkYaml, notifiersOf, oneNotifier } from './notifiers.ts'
export { type Protocol, protocols } from './protocols.ts'
export { type Answer, type Recorded, type Recorder, startRecorder, TEST_CA_FILE } from './recorder.ts'
