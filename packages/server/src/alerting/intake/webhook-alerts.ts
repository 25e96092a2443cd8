import { labelsOf } from '@binnacle/promql'
import { z } from 'zod'
import { BinnacleError } from '../../config/index.ts'
import type { IncomingAlert } from '../../rules/index.ts'

const MAX_ALERTS = 10_000
/** Such as `0001-01-01T00:00:00Z`: Go's way to say that there is none. */
const NO_TIME_BEFORE_MS = 0

const pairs = z.record(z.string().min(1).max(1024), z.union([z.string(), z.number(), z.boolean()]).transform(String))

const schema = z.object({
  alerts: z
    .array(
      z.object({
        status: z.enum(['firing', 'resolved']),
        labels: pairs.refine((labels) => Object.keys(labels).length > 0, 'an alert needs a label'),
        annotations: pairs.nullish(),
        startsAt: z.string().nullish(),
        endsAt: z.string().nullish(),
        generatorURL: z.string().nullish(),
        dashboardURL: z.string().nullish(),
        panelURL: z.string().nullish(),
        silenceURL: z.string().nullish(),
        imageURL: z.string().nullish(),
        valueString: z.string().nullish(),
      }),
    )
    .min(1, 'there is no alert in it')
    .max(MAX_ALERTS, `more than ${MAX_ALERTS} alerts`),
})

/**
 * Alerts of a webhook body in Alertmanager's format, version 4, which Grafana's contact points use too. Both tell of the end
 * themselves, so what fires lasts `holdMs` from now. Throws `BinnacleError` (`alert_intake.bad_message`) that names the field.
 * Source: Alertmanager's documentation, `<webhook_config>`; Grafana's, "Configure webhook notifications".
 */
export function alertsOfWebhook(
  body: string,
  { nowMs, holdMs, source }: { nowMs: number; holdMs: number; source: string },
): readonly IncomingAlert[] {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw bad('the body is not JSON')
  }
  const read = schema.safeParse(value)
  if (!read.success) {
    const issue = read.error.issues[0]
    throw bad(`${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'not as expected'}`)
  }
  return read.data.alerts.map((alert, i) => {
    const startsAtMs = timeOf(alert.startsAt, `alerts.${i}.startsAt`) ?? nowMs
    const resolved = alert.status === 'resolved'
    const told = timeOf(alert.endsAt, `alerts.${i}.endsAt`)
    const links = {
      dashboard_url: alert.dashboardURL ?? '',
      panel_url: alert.panelURL ?? '',
      silence_url: alert.silenceURL ?? '',
      image_url: alert.imageURL ?? '',
      value_string: alert.valueString ?? '',
    }
    return {
      labels: labelsOf({ source, ...alert.labels }),
      annotations: labelsOf({ ...links, ...alert.annotations }),
      startsAtMs,
      endsAtMs: resolved ? Math.max(startsAtMs, Math.min(told ?? nowMs, nowMs)) : nowMs + holdMs,
      generatorUrl: alert.generatorURL ?? '',
      ...(resolved ? { resolvedReason: 'sender' as const } : {}),
    }
  })
}

function timeOf(text: string | null | undefined, field: string): number | undefined {
  if (text == null || text === '') return undefined
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw bad(`${field}: "${text.slice(0, 100)}" is not a time such as 2026-01-02T15:04:05Z`)
  return ms <= NO_TIME_BEFORE_MS ? undefined : ms
}

function bad(what: string): BinnacleError {
  return new BinnacleError('alert_intake.bad_message', what, {
    hint: 'expected the webhook format of Alertmanager (version 4) or of a Grafana contact point',
  })
}
