import { receiverKind } from '../receiver-kind.ts'
import { checkVictorops, victoropsSchema } from './config.ts'
import { createVictorops } from './victorops.ts'

export const victoropsKind = receiverKind({
  section: 'victorops_configs',
  kind: 'victorops',
  schema: victoropsSchema,
  check: checkVictorops,
  create: createVictorops,
})
