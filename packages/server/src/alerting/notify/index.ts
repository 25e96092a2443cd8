// Telling people: one folder a receiver (webhook/, slack/, pagerduty/ ...).
// In: the alerts of a group. Out: one attempt to send them by the protocol of the receiver, and what it answered.
// Promise: no secret leaves in an answer, a log or a preview; an attempt ends by its deadline.

export { httpOptions } from './config-parts.ts'
export { durationMs, isSecretField, SECRET_TOKEN, secretUrl } from './fields.ts'
export { type Globals, type GlobalsInput, globalsShape, toGlobals } from './globals.ts'
export { createHttpClient, type HttpClient } from './http/index.ts'
export { type HttpConfig, httpConfigSchema } from './http-config.ts'
export { type DataAlert, type NotificationData, notificationData } from './notification-data.ts'
export type { Delivery, Notification, Notifier, RenderedMessage } from './notifier.ts'
export { readTemplateFiles } from './read-template-files.ts'
export type { CheckedIntegration, NotifierDeps, ReceiverContext, ReceiverKind } from './receiver-kind.ts'
export { receiverKinds } from './receiver-kinds.ts'
export type { ReceiverMemory } from './receiver-memory.ts'
export { openSecrets } from './secret-source.ts'
export { createTemplates, type TemplateFile, type Templates, type TemplatesOptions } from './templates.ts'
