import { receiverKind } from '../receiver-kind.ts'
import { checkWebhook, webhookSchema } from './config.ts'
import { createWebhook } from './webhook.ts'

export const webhookKind = receiverKind({
  section: 'webhook_configs',
  kind: 'webhook',
  schema: webhookSchema,
  check: checkWebhook,
  create: createWebhook,
})
