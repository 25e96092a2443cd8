import { receiverKind } from '../receiver-kind.ts'
import { checkSms, smsSchema } from './config.ts'
import { createSms } from './sms.ts'

export const smsKind = receiverKind({
  section: 'sms_configs',
  kind: 'sms',
  schema: smsSchema,
  check: checkSms,
  create: createSms,
})
