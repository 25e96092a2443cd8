import { labelsOf } from '@binnacle/promql'
import { BinnacleError, messageOf } from '../../config/index.ts'
import type { IncomingAlert } from '../../rules/index.ts'
import { type Clock, type Logger, withDeadline } from '../../telemetry/index.ts'
import { alertsOfAlarm, parseCloudWatchAlarm } from './cloudwatch-alarm.ts'
import { parseSnsBody, type SnsMessage } from './sns-message.ts'
import { createSnsVerifier, isSnsAddress } from './sns-signature.ts'

/** Alarms whose last change is remembered, so that a late message does not undo a newer one. */
const MAX_ALARMS = 10_000
const CONFIRM_MS = 10_000

export type SnsOptions = {
  /** ARNs of topics whose messages count, each with labels for its alerts. Others are refused. */
  readonly topics: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** False for stand-ins of AWS: signatures are not checked and subscriptions not confirmed. */
  readonly verify: boolean
  /** How long an alert lasts whose end is not told, ms. */
  readonly holdMs: number
}

export type SnsIntakeDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly fetch: typeof fetch
  readonly receive: (alerts: readonly IncomingAlert[]) => Promise<void>
}

export type SnsOutcome = { readonly alerts: number; readonly confirmed?: string }

export type SnsIntake = {
  /**
   * Takes one body as SNS posts it (or a Lambda event with such messages); resolves once its alerts are stored.
   * Throws `BinnacleError`: kind `input` or `forbidden` for what will never be taken, `unavailable` for what SNS should repeat.
   */
  receive(body: string, signal: AbortSignal): Promise<SnsOutcome>
}

export function createSnsIntake(deps: SnsIntakeDeps, options: SnsOptions): SnsIntake {
  const { clock, log } = deps
  const verify = createSnsVerifier({ clock, fetch: deps.fetch })
  const newest = new Map<string, number>()

  function labelsOfTopic(arn: string): Readonly<Record<string, string>> {
    const labels = Object.hasOwn(options.topics, arn) ? options.topics[arn] : undefined
    if (labels !== undefined) return labels
    throw new BinnacleError('alert_intake.unknown_topic', `the SNS topic "${arn.slice(0, 300)}" is not one of ours`, {
      kind: 'forbidden',
      hint: 'name it in binnacle.yml: alert_intake.sns.topics',
    })
  }

  /** False for a change that is older than one that was taken. */
  function isNews(id: string, changedAtMs: number): boolean {
    const before = newest.get(id)
    if (before !== undefined && before > changedAtMs) return false
    newest.delete(id)
    newest.set(id, changedAtMs)
    if (newest.size > MAX_ALARMS) for (const oldest of newest.keys()) return newest.delete(oldest)
    return true
  }

  async function confirm(message: Extract<SnsMessage, { SubscribeURL: string }>, signal: AbortSignal): Promise<void> {
    const url = message.SubscribeURL
    if (!isSnsAddress(url)) {
      throw new BinnacleError('alert_intake.bad_message', 'SubscribeURL does not lie at Amazon')
    }
    try {
      await withDeadline(clock, signal, CONFIRM_MS, async (deadline) => {
        const answer = await deps.fetch(url, { signal: deadline, redirect: 'error' })
        await answer.body?.cancel()
        if (!answer.ok) throw new Error(`it answered ${answer.status}`)
      })
    } catch (error) {
      if (signal.aborted) throw error
      throw new BinnacleError(
        'alert_intake.not_confirmed',
        `the subscription cannot be confirmed: ${messageOf(error)}`,
        {
          kind: 'unavailable',
          hint: 'SNS asks again; this machine must reach sns.REGION.amazonaws.com',
          cause: error,
        },
      )
    }
    log.info({ topic: message.TopicArn }, 'SNS subscription confirmed')
  }

  function alertsOf(message: SnsMessage, extraLabels: Readonly<Record<string, string>>): readonly IncomingAlert[] {
    const alarm = parseCloudWatchAlarm(message.Message, clock.now())
    if (alarm !== undefined) {
      return isNews(alarm.id, alarm.changedAtMs) ? alertsOfAlarm(alarm, { extraLabels, holdMs: options.holdMs }) : []
    }
    // Not an alarm: somebody publishes text. It is told once and ends by itself.
    const subject = message.Type === 'Notification' ? (message.Subject ?? '') : ''
    const topic = message.TopicArn.split(':').at(-1) ?? ''
    const labels = { alertname: 'SNSNotification', source: 'sns', topic, subject, ...extraLabels }
    const annotations = { summary: subject, description: message.Message.slice(0, 4_000) }
    return [{ labels: labelsOf(labels), annotations: labelsOf(annotations), generatorUrl: '' }]
  }

  return {
    async receive(body, signal) {
      const { messages, fromLambda } = parseSnsBody(body)
      if (fromLambda && options.verify) {
        throw new BinnacleError('alert_intake.bad_signature', 'messages out of a Lambda event carry no signature', {
          kind: 'forbidden',
          hint: 'subscribe this address to the topic itself, or set alert_intake.sns.verify to false',
        })
      }
      const alerts: IncomingAlert[] = []
      let confirmed: string | undefined
      for (const message of messages) {
        const extraLabels = labelsOfTopic(message.TopicArn)
        if (options.verify) await verify(message, signal)
        if (message.Type === 'Notification') alerts.push(...alertsOf(message, extraLabels))
        else if (message.Type === 'UnsubscribeConfirmation')
          log.warn({ topic: message.TopicArn }, 'SNS subscription ended')
        else if (options.verify) {
          await confirm(message, signal)
          confirmed = message.TopicArn
        }
      }
      if (alerts.length > 0) await deps.receive(alerts)
      return { alerts: alerts.length, ...(confirmed === undefined ? {} : { confirmed }) }
    },
  }
}
