import { receiverKind } from '../receiver-kind.ts'
import { checkJira, jiraSchema } from './config.ts'
import { createJira } from './jira.ts'

export const jiraKind = receiverKind({
  section: 'jira_configs',
  kind: 'jira',
  schema: jiraSchema,
  check: checkJira,
  create: createJira,
})
