import { receiverKind } from '../receiver-kind.ts'
import { checkEmail, emailSchema } from './config.ts'
import { createEmail } from './email.ts'

export const emailKind = receiverKind({
  section: 'email_configs',
  kind: 'email',
  schema: emailSchema,
  check: checkEmail,
  create: createEmail,
})
