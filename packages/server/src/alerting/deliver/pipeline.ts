import type { Clock } from '../../telemetry/index.ts'
import type { Alert } from '../alert.ts'
import type { Flush } from '../group/index.ts'
import type { Inhibitor } from '../inhibit/index.ts'
import { createPacer } from '../pacer.ts'
import type { Silences } from '../silence/index.ts'
import type { Deliverer, Target } from './deliver.ts'
import type { DeliveryMetrics } from './delivery-metrics.ts'

/** Which intervals mute a route, and which let it speak. */
export type TimeMuting = {
  activeOf(names: readonly string[], ms: number): readonly string[]
}

export type PipelineDeps = {
  readonly clock: Clock
  readonly inhibitor: Inhibitor
  readonly silences: Silences
  readonly timeIntervals: TimeMuting
  readonly metrics: DeliveryMetrics
  readonly deliverer: Deliverer
  /** Integrations of a receiver; none for an unknown one. */
  readonly targetsOf: (receiver: string) => readonly Target[]
}

/**
 * The way of a group's alerts from its flush to its receiver: inhibited ones out, all out outside the route's times, silenced
 * ones out, then every integration is told. True: all that had to be told was. Source: Alertmanager's `notify` (behaviour).
 */
export function createPipeline(deps: PipelineDeps): (flush: Flush) => Promise<boolean> {
  const { clock, inhibitor, silences, timeIntervals, metrics } = deps

  /** Long lists are gone through in pieces. */
  async function without(alerts: readonly Alert[], isMuted: (alert: Alert) => boolean): Promise<readonly Alert[]> {
    const pace = createPacer(clock)
    const left: Alert[] = []
    for (const [i, alert] of alerts.entries()) {
      if (!isMuted(alert)) left.push(alert)
      if (i % 64 === 63) await pace()
    }
    return left
  }

  return async (flush) => {
    const { route, nowMs } = flush
    const awake = await without(flush.alerts, ({ labels }) => inhibitor.inhibitedBy(labels, nowMs) !== undefined)
    if (awake.length < flush.alerts.length) metrics.suppressed('inhibition', flush.alerts.length - awake.length)
    if (awake.length === 0) return true
    const { activeTimeIntervals, muteTimeIntervals } = route
    if (activeTimeIntervals.length > 0 && timeIntervals.activeOf(activeTimeIntervals, nowMs).length === 0) {
      metrics.suppressed('active_time_interval', awake.length)
      return true
    }
    if (timeIntervals.activeOf(muteTimeIntervals, nowMs).length > 0) {
      metrics.suppressed('mute_time_interval', awake.length)
      return true
    }
    const heard = await without(awake, ({ fingerprint, labels }) => silences.silencedBy(fingerprint, labels).length > 0)
    if (heard.length < awake.length) metrics.suppressed('silence', awake.length - heard.length)
    if (heard.length === 0) return true
    const rest: Flush = heard.length === flush.alerts.length ? flush : { ...flush, alerts: heard }
    const told = await Promise.all(deps.targetsOf(route.receiver).map((target) => deps.deliverer.deliver(target, rest)))
    return told.every(Boolean)
  }
}
