import { createHttpNotifier, marked } from '../http-notifier.ts'
import { jsonObject, judgeReply } from '../judge-reply.ts'
import { notificationData } from '../notification-data.ts'
import type { Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { revealUrl } from '../reveal-url.ts'
import { webhookBody } from '../webhook/index.ts'
import type { IncidentioConfig } from './config.ts'

/** incident.io takes 512 KB. */
const MAX_BODY_BYTES = 512 * 1024

/** The alerts of a group as incident.io's Alertmanager source takes them. Source: incident.io, "HTTP alert sources". */
export function createIncidentio(config: IncidentioConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'incidentio',
      index,
      sendResolved: config.sendResolved,
      http: config.http,
      timeoutMs: config.timeout,

      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl, config.max_alerts)
        let json = webhookBody(notification, data, '1')
        if (Buffer.byteLength(JSON.stringify(json)) > MAX_BODY_BYTES) {
          json = webhookBody(notification, { ...data, alerts: data.alerts.slice(0, 1) }, '1')
        }
        const headers =
          config.token === undefined
            ? {}
            : { headers: { authorization: `Bearer ${(await secrets.reveal(config.token)).trim()}` } }
        const url = 'file' in config.url ? await revealUrl(config.url, secrets) : config.url.text
        const title = marked(templates.text('{{ template "__subject" . }}', data), notification)
        return { title, text: '', requests: [{ method: 'POST', url, ...headers, json }] }
      },

      judge: (reply, nowMs) =>
        judgeReply(reply, {
          nowMs,
          details: (body) => {
            const { message, error, errors } = jsonObject(body) ?? {}
            const list = Array.isArray(errors) ? errors.map(String) : []
            return [message, error, ...list].filter((part) => typeof part === 'string').join(': ') || undefined
          },
        }),
    },
    deps,
  )
}
