import { labelsOf } from '@binnacle/promql'
import { z } from 'zod'
import type { IncomingAlert } from '../../rules/index.ts'

const text = z.string().max(64 * 1024)

const schema = z.object({
  AlarmName: text.min(1),
  AlarmDescription: text.nullish(),
  NewStateValue: z.enum(['ALARM', 'OK', 'INSUFFICIENT_DATA']),
  NewStateReason: text.nullish(),
  StateChangeTime: text.nullish(),
  AlarmArn: text.nullish(),
  AWSAccountId: text.nullish(),
  Trigger: z
    .object({
      MetricName: text.nullish(),
      Namespace: text.nullish(),
      Dimensions: z
        .array(
          z.object({ name: text.optional(), value: text.optional(), Name: text.optional(), Value: text.optional() }),
        )
        .max(100)
        .nullish(),
    })
    .nullish(),
})

/** What CloudWatch says when an alarm changes its state. Source: AWS, "Notifying users on alarm changes". */
export type CloudWatchAlarm = {
  readonly name: string
  readonly state: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA'
  /** Unix ms. */
  readonly changedAtMs: number
  /** Identity of the alarm: its ARN, or its name where it has none. */
  readonly id: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly url: string
}

/** The alarm in the text of a notification; undefined when it speaks of something else. `nowMs` stands in for a missing time. */
export function parseCloudWatchAlarm(message: string, nowMs: number): CloudWatchAlarm | undefined {
  let value: unknown
  try {
    value = JSON.parse(message)
  } catch {
    return undefined
  }
  const read = schema.safeParse(value)
  if (!read.success) return undefined
  const alarm = read.data
  const [, , , region = '', account = ''] = (alarm.AlarmArn ?? '').split(':')
  const changed = Date.parse(alarm.StateChangeTime ?? '')
  const labels: Record<string, string> = {
    alertname: alarm.AlarmName,
    source: 'cloudwatch',
    region,
    account: alarm.AWSAccountId ?? account,
    namespace: alarm.Trigger?.Namespace ?? '',
    metric: alarm.Trigger?.MetricName ?? '',
  }
  for (const dimension of alarm.Trigger?.Dimensions ?? []) {
    const name = labelNameOf(dimension.name ?? dimension.Name ?? '')
    if (name !== '' && !(name in labels)) labels[name] = dimension.value ?? dimension.Value ?? ''
  }
  return {
    name: alarm.AlarmName,
    state: alarm.NewStateValue,
    changedAtMs: Number.isNaN(changed) ? nowMs : changed,
    id: alarm.AlarmArn ?? alarm.AlarmName,
    labels,
    annotations: {
      summary: alarm.AlarmDescription || alarm.AlarmName,
      description: alarm.AlarmDescription ?? '',
      reason: alarm.NewStateReason ?? '',
    },
    url: region === '' ? '' : consoleUrl(region, alarm.AlarmName),
  }
}

/** Such as `ServiceName`; what labels cannot hold becomes `_`. */
function labelNameOf(dimension: string): string {
  const name = dimension.replace(/[^a-zA-Z0-9_]/g, '_')
  return /^\d/.test(name) ? `_${name}` : name
}

function consoleUrl(region: string, name: string): string {
  return `https://${encodeURIComponent(region)}.console.aws.amazon.com/cloudwatch/home?region=${encodeURIComponent(region)}#alarmsV2:alarm/${encodeURIComponent(name)}`
}

/**
 * The alerts that say what state an alarm is in. ALARM is one alert, INSUFFICIENT_DATA another, with the label
 * `alarm_state`, since it is neither "firing" nor "all is well": each begins as the other ends, and OK ends both.
 * CloudWatch tells of changes only, so what begins stays for `holdMs` unless its end is told before.
 */
export function alertsOfAlarm(
  alarm: CloudWatchAlarm,
  { extraLabels, holdMs }: { extraLabels: Readonly<Record<string, string>>; holdMs: number },
): readonly IncomingAlert[] {
  const at = alarm.changedAtMs
  const alert = (own: Readonly<Record<string, string>>, on: boolean): IncomingAlert => ({
    labels: labelsOf({ ...alarm.labels, ...extraLabels, ...own }),
    annotations: labelsOf({ ...alarm.annotations, state: alarm.state }),
    startsAtMs: at,
    endsAtMs: on ? at + holdMs : at,
    generatorUrl: alarm.url,
    ...(on ? {} : { resolvedReason: 'sender' as const }),
  })
  return [
    alert({}, alarm.state === 'ALARM'),
    alert({ alarm_state: 'INSUFFICIENT_DATA' }, alarm.state === 'INSUFFICIENT_DATA'),
  ]
}
