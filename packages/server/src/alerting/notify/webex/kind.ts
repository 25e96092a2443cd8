import { receiverKind } from '../receiver-kind.ts'
import { checkWebex, webexSchema } from './config.ts'
import { createWebex } from './webex.ts'

export const webexKind = receiverKind({
  section: 'webex_configs',
  kind: 'webex',
  schema: webexSchema,
  check: checkWebex,
  create: createWebex,
})
