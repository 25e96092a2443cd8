import { receiverKind } from '../receiver-kind.ts'
import { checkRocketchat, rocketchatSchema } from './config.ts'
import { createRocketchat } from './rocketchat.ts'

export const rocketchatKind = receiverKind({
  section: 'rocketchat_configs',
  kind: 'rocketchat',
  schema: rocketchatSchema,
  check: checkRocketchat,
  create: createRocketchat,
})
