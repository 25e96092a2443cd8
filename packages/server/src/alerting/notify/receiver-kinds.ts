import { discordKind } from './discord/index.ts'
import { emailKind } from './email/index.ts'
import { incidentioKind } from './incidentio/index.ts'
import { jiraKind } from './jira/index.ts'
import { mattermostKind } from './mattermost/index.ts'
import { msteamsKind, msteamsv2Kind } from './msteams/index.ts'
import { opsgenieKind } from './opsgenie/index.ts'
import { pagerdutyKind } from './pagerduty/index.ts'
import { pushoverKind } from './pushover/index.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { rocketchatKind } from './rocketchat/index.ts'
import { slackKind } from './slack/index.ts'
import { smsKind } from './sms/index.ts'
import { snsKind } from './sns/index.ts'
import { telegramKind } from './telegram/index.ts'
import { victoropsKind } from './victorops/index.ts'
import { webexKind } from './webex/index.ts'
import { webhookKind } from './webhook/index.ts'
import { wechatKind } from './wechat/index.ts'

/** All kinds that Binnacle knows, in Alertmanager's order, which is the order of a receiver's integrations; ours last. */
export const receiverKinds: readonly ReceiverKind[] = [
  webhookKind,
  emailKind,
  pagerdutyKind,
  opsgenieKind,
  wechatKind,
  slackKind,
  victoropsKind,
  pushoverKind,
  snsKind,
  telegramKind,
  discordKind,
  webexKind,
  msteamsKind,
  msteamsv2Kind,
  jiraKind,
  incidentioKind,
  rocketchatKind,
  mattermostKind,
  smsKind,
]
