import { receiverKind } from '../receiver-kind.ts'
import { checkPushover, pushoverSchema } from './config.ts'
import { createPushover } from './pushover.ts'

export const pushoverKind = receiverKind({
  section: 'pushover_configs',
  kind: 'pushover',
  schema: pushoverSchema,
  check: checkPushover,
  create: createPushover,
})
