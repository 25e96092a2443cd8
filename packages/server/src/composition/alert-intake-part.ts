import { alertsOfWebhook, createSnsIntake, type IncomingAlert } from '../alerting/index.ts'
import type { Settings } from '../config/settings/index.ts'
import type { AlertIntakePart } from '../http/index.ts'
import type { Clock, Logger } from '../telemetry/index.ts'
import { alertIntakeTokenOf } from './from-settings.ts'

/** The doors for alerts of other senders, and the way from them to routing. */
export function createAlertIntakePart(
  deps: {
    readonly clock: Clock
    readonly log: Logger
    readonly fetch: typeof fetch
    readonly receive: (alerts: readonly IncomingAlert[]) => Promise<void>
  },
  settings: Settings,
): AlertIntakePart {
  const { sns, hold } = settings.alert_intake
  const snsIntake = createSnsIntake(deps, { topics: sns.topics, verify: sns.verify, holdMs: hold })
  const token = alertIntakeTokenOf(settings)
  return {
    ...(token === undefined ? {} : { token }),
    sns: (body, signal) => snsIntake.receive(body, signal),
    async webhook(source, body) {
      const alerts = alertsOfWebhook(body, { nowMs: deps.clock.now(), holdMs: hold, source })
      await deps.receive(alerts)
      return { alerts: alerts.length }
    },
  }
}
