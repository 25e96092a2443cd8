import type { AlertView, Silence } from '../../alerting/index.ts'
import { labelsJson } from '../prometheus/index.ts'

/** Such as `2026-11-26T02:31:13.384Z`: Alertmanager writes ms always. */
export const timeJson = (ms: number): string => JSON.stringify(new Date(ms).toISOString())

/** Source: Alertmanager's API v2, `gettableAlert`. `mutedBy` is what a group says; a list of alerts has none. */
export function alertJson(alert: AlertView, mutedBy: readonly string[]): string {
  const state = mutedBy.length > 0 ? 'suppressed' : alert.state
  const { silencedBy, inhibitedBy } = alert
  return (
    `{"annotations":${labelsJson(alert.annotations)},"endsAt":${timeJson(alert.endsAtMs)},` +
    `"fingerprint":"${alert.fingerprint}","receivers":${JSON.stringify(alert.receivers.map((name) => ({ name })))},` +
    `"startsAt":${timeJson(alert.startsAtMs)},"status":${JSON.stringify({ inhibitedBy, mutedBy, silencedBy, state })},` +
    `"updatedAt":${timeJson(alert.updatedAtMs)},` +
    (alert.generatorUrl === '' ? '' : `"generatorURL":${JSON.stringify(alert.generatorUrl)},`) +
    `"labels":${labelsJson(alert.labels)}}`
  )
}

/** Source: Alertmanager's API v2, `gettableSilence`. */
export function silenceJson(silence: Silence): string {
  const { id, state, annotations, comment, createdBy, matchers } = silence
  return JSON.stringify({
    id,
    status: { state },
    updatedAt: new Date(silence.updatedAtMs).toISOString(),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    comment,
    createdBy,
    endsAt: new Date(silence.endsAtMs).toISOString(),
    matchers: matchers.map(({ name, value, kind }) => ({
      isEqual: kind === '=' || kind === '=~',
      isRegex: kind === '=~' || kind === '!~',
      name,
      value,
    })),
    startsAt: new Date(silence.startsAtMs).toISOString(),
  })
}
