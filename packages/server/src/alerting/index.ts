// Alerting: from an alert to the people who must know. Route, group, inhibit, silence, notify.
// In: alerts of rules and of other senders, alertmanager.yml, silences. Out: notifications, and the record of all of them.
// Promise: what was accepted survives a crash at any moment; nothing is told twice within its repeat interval.

export { type Alert, type IncomingAlert, isResolvedAt, type ResolvedReason } from './alert.ts'
export type {
  AlertFilter,
  AlertGroupView,
  Alerting,
  AlertView,
  HistoryFilter,
  NotificationRecord,
  Page,
  ReceiverView,
  Silence,
  SilenceInput,
  SilencePreview,
  Transition,
} from './alerting.ts'
export type { InhibitRule, Route } from './config/index.ts'
export type { Matcher } from './matcher/index.ts'
export type { Delivery, Notification, Notifier, RenderedMessage } from './notify/index.ts'
