// History: every change of state of an alert, what people and silences did about it, and every notification with its answer.
// In: events of rules, of alerts from outside, of people; records of notifications. Out: pages, newest first.
// Promise: kept for the age and number in the settings; reading goes in small steps, so that nobody waits for it.

export { createEventRecords, type EventRecords } from './event-records.ts'
export { createNotificationRecords, listsOf, type NotificationRecords } from './notification-records.ts'
export { trimHistory } from './trim-history.ts'
