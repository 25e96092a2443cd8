import { alertmanagerData } from '../index.ts'
import type { GoStruct } from '../values/index.ts'

/** Notifications over which judges and we render. Times are RFC 3339, as amtool reads them. */
const alerts = [
  {
    status: 'firing',
    labels: { alertname: 'HighErrors', instance: 'db-1:9100', severity: 'critical', team: 'plätze <&"\'>' },
    annotations: { summary: 'Errors on db-1', description: 'Line 1\nLine 2', url: 'http://run.book/a b?c=d&e' },
    startsAt: '2024-05-01T10:00:00.123Z',
    endsAt: '2024-05-01T11:02:03.5Z',
    generatorURL: 'http://prom.example/graph?g0.expr=up%3D%3D0&g0.tab=1',
    fingerprint: 'a1b2c3d4e5f60718',
  },
  {
    status: 'firing',
    labels: { alertname: 'HighErrors', instance: 'db-2:9100', severity: 'warning', Zone: 'b', zone: 'a' },
    annotations: {},
    startsAt: '1999-12-31T23:59:59Z',
    endsAt: '0001-01-01T00:00:00Z',
    generatorURL: '',
    fingerprint: 'ffffffffffffffff',
  },
  {
    status: 'resolved',
    labels: { alertname: 'HighErrors', instance: 'db-3:9100', severity: 'info' },
    annotations: { summary: 'Errors on db-3' },
    startsAt: '2024-01-15T01:04:05.5Z',
    endsAt: '2024-07-15T15:04:05Z',
    generatorURL: 'http://prom.example/graph?g0.expr=down',
    fingerprint: '0000000000000001',
  },
] as const

const common = {
  groupLabels: { alertname: 'HighErrors', cluster: 'eu' },
  commonLabels: { alertname: 'HighErrors', cluster: 'eu', severity: 'mixed', team: 'db & co' },
  commonAnnotations: { summary: 'Errors', runbook: 'http://run.book/x?y=z' },
  externalURL: 'http://am.example:9093',
}

/** As a JSON file for `amtool template render --template.data`. */
export const notifications = {
  firing: { receiver: 'team-a/slack', status: 'firing', alerts, ...common },
  resolved: {
    receiver: 'r',
    status: 'resolved',
    alerts: alerts.slice(2),
    ...common,
    commonLabels: { alertname: 'HighErrors', cluster: 'eu' },
    commonAnnotations: {},
  },
  one: {
    receiver: 'r',
    status: 'firing',
    alerts: alerts.slice(0, 1),
    ...common,
    groupLabels: {},
  },
} as const

export type NotificationName = keyof typeof notifications

/** The same for us. */
export function notificationValue(name: NotificationName): GoStruct {
  const { alerts: listed, ...rest } = notifications[name]
  const msOf = (text: string) => (text.startsWith('0001') ? undefined : Date.parse(text))
  return alertmanagerData({
    ...rest,
    alerts: listed.map(({ startsAt, endsAt, ...alert }) => ({
      ...alert,
      startsAtMs: msOf(startsAt),
      endsAtMs: msOf(endsAt),
    })),
  })
}
