import { renderTexts } from '../deep-template.ts'
import { type ComposedRequest, createHttpNotifier, marked } from '../http-notifier.ts'
import { judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Delivery, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { revealUrl } from '../reveal-url.ts'
import { HIDDEN_SECRET, type SecretSource, type Secrets } from '../secret-source.ts'
import { openSentMemory } from '../sent-memory.ts'
import { truncateRunes } from '../truncate.ts'
import type { SmsConfig } from './config.ts'

/**
 * SMS by any gateway that takes an HTTP request: one request for each number. `{{ .To }}`, `{{ .Text }}` and
 * `{{ .Secret }}` are there in `url`, `headers`, `body` and `json`, beside what all templates see. Ours: Alertmanager has no such receiver.
 */
export function createSms(config: SmsConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'sms',
      index,
      sendResolved: config.sendResolved,
      http: config.http,
      timeoutMs: config.timeout,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl)
        const render = (template: string) => templates.text(template, data)
        const word = (template: string) => templates.word(template, data)
        const text = truncateRunes(marked(render(config.text), notification).trim(), config.max_length)
        const secret = config.secret === undefined ? '' : await revealTrimmed(config.secret, secrets)
        const numbers = word(config.to)
          .split(',')
          .map((number) => number.trim())
          .filter((number) => number !== '')
        const requests = await Promise.all(
          numbers.map(async (to): Promise<ComposedRequest> => {
            const fields = { To: to, Text: text, Secret: secret }
            const fill = (template: string) => templates.text(template, data, fields)
            const fillUrl = (template: string) =>
              templates.text(template, data, {
                To: encodeURIComponent(to),
                Text: encodeURIComponent(text),
                Secret: secret === HIDDEN_SECRET ? secret : encodeURIComponent(secret),
              })
            const given = await revealUrl(config.url, secrets)
            const url = given === HIDDEN_SECRET ? given : fillUrl(given)
            secrets.add(url)
            const headers = Object.fromEntries(
              Object.entries(config.headers).map(([name, template]) => [name.toLowerCase(), fill(template)]),
            )
            const body =
              config.json !== undefined
                ? { json: renderTexts(config.json, fill) }
                : config.form !== undefined
                  ? {
                      text: new URLSearchParams(
                        Object.fromEntries(
                          Object.entries(config.form).map(([name, template]) => [name, fill(template)]),
                        ),
                      ).toString(),
                    }
                  : config.body === ''
                    ? {}
                    : { text: fill(config.body) }
            const type = config.form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
            return { method: config.method, url, headers: { ...type, ...headers }, ...body }
          }),
        )
        const title = marked(render('{{ template "__subject" . }}'), notification)
        return { title, text, requests, targets: numbers }
      },

      /** A number that was refused does not keep the others from being told; who was told is not told twice. */
      async exchange({ requests, targets = [] }, call, { notification }): Promise<Delivery> {
        if (requests.length === 0) return { ok: false, answer: 'no number to send to', retry: false }
        const memory = openSentMemory(notification)
        const left = memory.left(targets)
        const refused: Delivery[] = []
        let last: Delivery = { ok: true, answer: 'all numbers have it' }
        for (const [i, request] of requests.entries()) {
          const number = targets[i]!
          if (!left.includes(number)) continue
          last = judgeReply(await call(request), { nowMs: deps.clock.now(), retryOn: config.retry_on })
          if (last.ok) memory.add([number])
          else refused.push(last)
        }
        const again = refused.find((delivery) => !delivery.ok && delivery.retry)
        const failed = again ?? (refused.length === requests.length ? refused[0] : undefined)
        if (failed === undefined) memory.forget()
        if (refused.length === 0) return last
        const answer = `${refused.length} of ${requests.length} numbers refused: ${refused[0]!.answer}`
        return { ...(failed ?? { ok: true }), answer }
      },
    },
    deps,
  )
}

async function revealTrimmed(source: SecretSource, secrets: Secrets): Promise<string> {
  return (await secrets.reveal(source)).trim()
}
