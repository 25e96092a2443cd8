import { receiverKind } from '../receiver-kind.ts'
import { checkTelegram, telegramSchema } from './config.ts'
import { createTelegram } from './telegram.ts'

export const telegramKind = receiverKind({
  section: 'telegram_configs',
  kind: 'telegram',
  schema: telegramSchema,
  check: checkTelegram,
  create: createTelegram,
})
