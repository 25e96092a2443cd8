import type { Logger } from '../telemetry/index.ts'
import type { AlertInstance } from './alert-state/index.ts'
import type { IncomingAlert } from './incoming-alert.ts'
import type { RuleMetrics } from './rule-metrics.ts'

/** Takes alerts on; a rejection, and alerts that are not taken, are sent again by the next evaluation. */
export type AlertSink = (alerts: readonly IncomingAlert[]) => void | Promise<void>

export type Outgoing = {
  send(messages: readonly { readonly alert: AlertInstance; readonly message: IncomingAlert }[]): void
  /** Resolves when the sink has answered to all that was sent. */
  drained(): Promise<void>
}

/** Alerts that the sink has not answered to: one that hangs makes no queue beyond. */
const MAX_UNDER_WAY = 100_000

export function createOutgoing(deps: {
  readonly sink: AlertSink
  readonly log: Logger
  readonly metrics: Pick<RuleMetrics, 'sent' | 'notSent'>
}): Outgoing {
  const { sink, log, metrics } = deps
  const underWay = new Set<Promise<void>>()
  let alertsUnderWay = 0

  function failed(messages: Parameters<Outgoing['send']>[0], error: unknown): void {
    // Due again at the next evaluation.
    for (const { alert } of messages) alert.lastSentAtMs = undefined
    metrics.notSent(messages.length)
    log.warn({ alerts: messages.length, error }, 'alerts could not be handed over; they are sent again')
  }

  async function call(messages: Parameters<Outgoing['send']>[0]): Promise<void> {
    try {
      await sink(messages.map(({ message }) => message))
      metrics.sent(messages.length)
    } catch (error) {
      failed(messages, error)
    }
  }

  return {
    send(messages) {
      if (messages.length === 0) return
      if (alertsUnderWay > 0 && alertsUnderWay + messages.length > MAX_UNDER_WAY) {
        failed(messages, new Error(`${alertsUnderWay} alerts are under way already`))
        return
      }
      alertsUnderWay += messages.length
      const one = call(messages).finally(() => {
        underWay.delete(one)
        alertsUnderWay -= messages.length
      })
      underWay.add(one)
    },
    async drained() {
      await Promise.all(underWay)
    },
  }
}
