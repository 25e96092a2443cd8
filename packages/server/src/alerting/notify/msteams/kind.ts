import { receiverKind } from '../receiver-kind.ts'
import { checkMsteams, checkMsteamsv2, msteamsSchema, msteamsv2Schema } from './config.ts'
import { createMsteams } from './msteams.ts'
import { createMsteamsv2 } from './msteamsv2.ts'

export const msteamsKind = receiverKind({
  section: 'msteams_configs',
  kind: 'msteams',
  schema: msteamsSchema,
  check: checkMsteams,
  create: createMsteams,
})

export const msteamsv2Kind = receiverKind({
  section: 'msteamsv2_configs',
  kind: 'msteamsv2',
  schema: msteamsv2Schema,
  check: checkMsteamsv2,
  create: createMsteamsv2,
})
