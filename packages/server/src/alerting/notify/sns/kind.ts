import { receiverKind } from '../receiver-kind.ts'
import { checkSns, snsSchema } from './config.ts'
import { createSns } from './sns.ts'

export const snsKind = receiverKind({
  section: 'sns_configs',
  kind: 'sns',
  schema: snsSchema,
  check: checkSns,
  create: createSns,
})
