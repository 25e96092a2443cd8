import { receiverKind } from '../receiver-kind.ts'
import { checkMattermost, mattermostSchema } from './config.ts'
import { createMattermost } from './mattermost.ts'

export const mattermostKind = receiverKind({
  section: 'mattermost_configs',
  kind: 'mattermost',
  schema: mattermostSchema,
  check: checkMattermost,
  create: createMattermost,
})
