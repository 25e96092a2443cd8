import { filled } from '../filled.ts'
import { RequestFailed } from '../http/index.ts'
import { type Call, createHttpNotifier, marked } from '../http-notifier.ts'
import { jsonObject, judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Delivery, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { HIDDEN_SECRET, type Secrets } from '../secret-source.ts'
import type { WechatConfig } from './config.ts'

/** Tokens hold two hours; they are renewed a little before. */
const TOKEN_LIFETIME_MS = 7_000_000
/** `invalid access_token`, `access_token expired`. */
const TOKEN_CODES = [40014, 42001]
/** System busy, and too many calls: worth another attempt. */
const RETRY_CODES = [-1, 45009, 45033]

/** A message of a WeCom application. Source: developer.work.weixin.qq.com, "Send application messages". */
export function createWechat(config: WechatConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  let token: { value: string; untilMs: number } | undefined

  async function tokenFor(corpId: string, call: Call, secrets: Secrets): Promise<string> {
    // Even when no token is asked for: an answer may repeat it.
    const secret = (await secrets.reveal(config.api_secret)).trim()
    if (token !== undefined && deps.clock.now() < token.untilMs) {
      secrets.add(token.value)
      return token.value
    }
    const query = new URLSearchParams({ corpsecret: secret, corpid: corpId })
    const reply = await call({ method: 'GET', url: `${config.api_url}gettoken?${query}` })
    const answer = jsonObject(reply.body)
    if (typeof answer?.access_token !== 'string' || answer.access_token === '') {
      const why = typeof answer?.errmsg === 'string' ? `: ${answer.errmsg}` : ` (status ${reply.status})`
      throw new RequestFailed(`no access token for the corporation${why}`, { retry: reply.status >= 500 })
    }
    token = { value: answer.access_token, untilMs: deps.clock.now() + TOKEN_LIFETIME_MS }
    secrets.add(token.value)
    return token.value
  }

  return createHttpNotifier(
    {
      kind: 'wechat',
      index,
      sendResolved: config.sendResolved,
      http: config.http,

      async compose(notification) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        // A preview finds a template that fails, too.
        word(config.corp_id)
        const content = marked(render(config.message), notification)
        const type = config.message_type
        const json = {
          ...filled({ touser: word(config.to_user), toparty: word(config.to_party), totag: word(config.to_tag) }),
          ...filled({ agentid: word(config.agent_id) }),
          safe: '0',
          msgtype: type,
          [type]: { content },
        }
        const title = marked(render('{{ template "__subject" . }}'), notification)
        const url = `${config.api_url}message/send?access_token=${HIDDEN_SECRET}`
        return { title, text: content, requests: [{ method: 'POST', url, json }] }
      },

      async exchange({ requests }, call, { notification, secrets }): Promise<Delivery> {
        const data = notificationData(notification, templates.externalUrl)
        const corpId = templates.word(config.corp_id, data)
        const access = await tokenFor(corpId, call, secrets)
        const url = `${config.api_url}message/send?access_token=${encodeURIComponent(access)}`
        const reply = await call({ ...requests[0]!, url })
        const delivery = judgeReply(reply, { nowMs: deps.clock.now() })
        if (!delivery.ok) return delivery
        const answer = jsonObject(reply.body)
        const code = answer?.errcode
        if (code === 0) return delivery
        const renew = TOKEN_CODES.includes(Number(code))
        if (renew) token = undefined
        const said = typeof answer?.errmsg === 'string' ? `${String(code)}: ${answer.errmsg}` : delivery.answer
        const retry = renew || answer === undefined || RETRY_CODES.includes(Number(code))
        return { ok: false, status: reply.status, answer: said, retry }
      },
    },
    deps,
  )
}
