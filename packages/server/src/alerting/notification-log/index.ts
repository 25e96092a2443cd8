// Notification log: which integration was told what about which group, and what may have been told before a crash.
// In: beginnings and ends of notifications. Out: what was told last, and the key to send again with.
// What integrations remember of groups is kept beside it.
// Promise: nothing is sent before its beginning is durable; an end is durable before the next flush of its group.

export { createNotificationLog, type LogContent, type LogEntry, type NotificationLog } from './notification-log.ts'
export { createReceiverMemories, type OwnMemory, type ReceiverMemories } from './receiver-memories.ts'
