import { receiverKind } from '../receiver-kind.ts'
import { checkSlack, slackSchema } from './config.ts'
import { createSlack } from './slack.ts'

export const slackKind = receiverKind({
  section: 'slack_configs',
  kind: 'slack',
  schema: slackSchema,
  check: checkSlack,
  create: createSlack,
})
