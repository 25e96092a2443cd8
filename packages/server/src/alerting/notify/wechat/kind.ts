import { receiverKind } from '../receiver-kind.ts'
import { checkWechat, wechatSchema } from './config.ts'
import { createWechat } from './wechat.ts'

export const wechatKind = receiverKind({
  section: 'wechat_configs',
  kind: 'wechat',
  schema: wechatSchema,
  check: checkWechat,
  create: createWechat,
})
