// History: every change of state of an alert, and every notification with the answer that it got.
// In: transitions of rules and of alerts from outside, records of notifications. Out: pages, newest first.
// Promise: kept for the age and number in the settings; reading goes in small steps, so that nobody waits for it.

export { createNotificationRecords, listsOf, type NotificationRecords } from './notification-records.ts'
export { createTransitionRecords, type TransitionRecords } from './transition-records.ts'
export { trimHistory } from './trim-history.ts'
