import { receiverKind } from '../receiver-kind.ts'
import { checkOpsgenie, opsgenieSchema } from './config.ts'
import { createOpsgenie } from './opsgenie.ts'

export const opsgenieKind = receiverKind({
  section: 'opsgenie_configs',
  kind: 'opsgenie',
  schema: opsgenieSchema,
  check: checkOpsgenie,
  create: createOpsgenie,
})
