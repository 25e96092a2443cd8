// Telling people: one folder a receiver (webhook/, slack/, pagerduty/ ...).
// In: the alerts of a group. Out: one attempt to send them by the protocol of the receiver, and what it answered.
// Promise: no secret leaves in an answer, a log or a preview; an attempt ends by its deadline.

export type { Delivery, Notification, Notifier, RenderedMessage } from './notifier.ts'
