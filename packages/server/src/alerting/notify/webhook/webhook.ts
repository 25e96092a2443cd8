import { renderValues } from '../deep-template.ts'
import { createHttpNotifier, marked } from '../http-notifier.ts'
import { type NotificationData, notificationData } from '../notification-data.ts'
import type { Notification, Notifier } from '../notifier.ts'
import type { NotifierDeps } from '../receiver-kind.ts'
import { revealUrl } from '../reveal-url.ts'
import type { WebhookConfig } from './config.ts'

/**
 * Posts the notification as JSON, version 4, or what `payload` makes of it.
 * Source: Alertmanager's documentation, "Configuration", `<webhook_config>`.
 */
export function createWebhook(config: WebhookConfig, deps: NotifierDeps, index: number): Notifier {
  const { templates } = deps
  return createHttpNotifier(
    {
      kind: 'webhook',
      index,
      sendResolved: config.sendResolved,
      http: config.http,
      timeoutMs: config.timeout,
      async compose(notification, secrets) {
        const data = notificationData(notification, templates.externalUrl, config.max_alerts)
        const render = (template: string) => templates.text(template, data)
        const json =
          config.payload === undefined
            ? webhookBody(notification, data)
            : renderValues(config.payload, render, templates)
        const url = await revealUrl(config.url, secrets, (template) => templates.word(template, data))
        const title = render('{{ template "__subject" . }}')
        return { title: marked(title, notification), text: '', requests: [{ method: 'POST', url, json }] }
      },
    },
    deps,
  )
}

/** The body of webhooks. What Alertmanager has not (`resolvedReason`, `test`) is there only when it says something. */
export function webhookBody(
  notification: Notification,
  { notificationReason, alerts, ...data }: NotificationData,
  version = '4',
): Record<string, unknown> {
  const formatTime = timeFormatter()
  return {
    ...data,
    alerts: alerts.map((alert) => ({
      status: alert.status,
      labels: alert.labels,
      annotations: alert.annotations,
      generatorURL: alert.generatorURL,
      fingerprint: alert.fingerprint,
      startsAt: formatTime(alert.startsAtMs),
      endsAt: alert.endsAtMs === undefined ? ZERO_TIME : formatTime(alert.endsAtMs),
      ...(alert.resolvedReason === '' ? {} : { resolvedReason: alert.resolvedReason }),
    })),
    notification_reason: notificationReason,
    version,
    groupKey: notification.groupKey,
    truncatedAlerts: notification.alerts.length - alerts.length,
    ...(notification.test === true ? { test: true } : {}),
  }
}

const ZERO_TIME = '0001-01-01T00:00:00Z'

/** Remembers the last time: alerts of one storm begin and end together. */
function timeFormatter(): (ms: number) => string {
  let lastMs = Number.NaN
  let last = ''
  return (ms) => {
    if (ms !== lastMs) last = goTime(ms)
    lastMs = ms
    return last
  }
}

/** RFC 3339 as Go writes it: no zeros at the end of a fraction, no fraction when there is none. */
const goTime = (ms: number): string =>
  new Date(ms).toISOString().replace(/\.(\d*?)0*Z$/, (_, digits: string) => (digits === '' ? 'Z' : `.${digits}Z`))
