import { receiverKind } from '../receiver-kind.ts'
import { checkPagerduty, pagerdutySchema } from './config.ts'
import { createPagerduty } from './pagerduty.ts'

export const pagerdutyKind = receiverKind({
  section: 'pagerduty_configs',
  kind: 'pagerduty',
  schema: pagerdutySchema,
  check: checkPagerduty,
  create: createPagerduty,
})
