import type { IncomingAlert } from '../incoming-alert.ts'
import type { AlertInstance } from './alert-instance.ts'

export type SendingOptions = {
  /** Between two messages about an alert that goes on (Prometheus: `--rules.alert.resend-delay`). */
  readonly resendDelayMs: number
}

/** Which alerts are due to be sent, and as what. */
export type Sending = {
  /** Those that are due at `atMs`; they count as sent then. `generatorUrl` leads to the expression. */
  due(
    alerts: Iterable<AlertInstance>,
    at: { readonly atMs: number; readonly intervalMs: number; readonly generatorUrl: string },
  ): { readonly alert: AlertInstance; readonly message: IncomingAlert }[]
}

/** A message about an alert holds for four evaluations or resends: two may get lost. */
const VALID_TIMES = 4

export function createSending({ resendDelayMs }: SendingOptions): Sending {
  function isDue({ state, resolvedAtMs, lastSentAtMs }: AlertInstance, atMs: number): boolean {
    if (state === 'pending') return false
    if (lastSentAtMs === undefined) return true
    if (resolvedAtMs !== undefined && resolvedAtMs > lastSentAtMs) return true
    return lastSentAtMs + resendDelayMs < atMs
  }

  return {
    due(alerts, { atMs, intervalMs, generatorUrl }) {
      const due: { alert: AlertInstance; message: IncomingAlert }[] = []
      const validUntilMs = atMs + VALID_TIMES * Math.max(intervalMs, resendDelayMs)
      for (const alert of alerts) {
        if (!isDue(alert, atMs)) continue
        alert.lastSentAtMs = atMs
        const { labels, annotations, firedAtMs, activeAtMs, resolvedAtMs, resolvedReason, value } = alert
        const message: IncomingAlert = {
          labels,
          annotations,
          startsAtMs: firedAtMs ?? activeAtMs,
          endsAtMs: resolvedAtMs ?? validUntilMs,
          generatorUrl,
          ...(resolvedReason === undefined ? {} : { resolvedReason }),
          ...(Number.isNaN(value) ? {} : { value }),
        }
        due.push({ alert, message })
      }
      return due
    },
  }
}
