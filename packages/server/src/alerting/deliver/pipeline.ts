import { type Clock, createPacer } from '../../telemetry/index.ts'
import type { Alert } from '../alert.ts'
import type { Flush } from '../group/index.ts'
import type { Inhibitor } from '../inhibit/index.ts'
import type { WithheldAlerts, WithheldRecords } from '../quiet/index.ts'
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
  readonly withheld: WithheldRecords
  /** Integrations of a receiver; none for an unknown one. */
  readonly targetsOf: (receiver: string) => readonly Target[]
}

/**
 * The way of a group's alerts from its flush to its receiver: inhibited ones out, all out outside the route's times, silenced
 * ones out, then every integration is told. True: all that had to be told was. Source: Alertmanager's `notify` (behaviour).
 */
export function createPipeline(deps: PipelineDeps): (flush: Flush) => Promise<boolean> {
  const { clock, inhibitor, silences, timeIntervals, metrics } = deps

  /** Those that nothing mutes, and what mutes the others. Long lists are gone through in pieces. */
  async function part(alerts: readonly Alert[], mutedBy: (alert: Alert) => readonly string[]) {
    const pace = createPacer(clock)
    const left: Alert[] = []
    const muted: Alert[] = []
    const by = new Set<string>()
    for (const [i, alert] of alerts.entries()) {
      const found = mutedBy(alert)
      if (found.length === 0) left.push(alert)
      else {
        muted.push(alert)
        for (const one of found) by.add(one)
      }
      if (i % 64 === 63) await pace()
    }
    return { left, muted, by: [...by].sort() }
  }

  /** Names of intervals by which the route is quiet now, and of which kind. */
  function intervalsOf({ route, nowMs }: Flush): Pick<WithheldAlerts, 'why' | 'by'> | undefined {
    const { activeTimeIntervals, muteTimeIntervals } = route
    if (activeTimeIntervals.length > 0 && timeIntervals.activeOf(activeTimeIntervals, nowMs).length === 0)
      return { why: 'active_time_interval', by: activeTimeIntervals }
    const muting = timeIntervals.activeOf(muteTimeIntervals, nowMs)
    return muting.length > 0 ? { why: 'mute_time_interval', by: muting } : undefined
  }

  /** The alerts to tell of. */
  async function filter(flush: Flush, withheld: WithheldAlerts[]): Promise<readonly Alert[]> {
    const without = (one: WithheldAlerts) => {
      if (one.alerts.length === 0) return
      metrics.suppressed(one.why, one.alerts.length)
      withheld.push(one)
    }
    const awake = await part(flush.alerts, ({ labels }) => {
      const source = inhibitor.inhibitedBy(labels, flush.nowMs)
      return source === undefined ? [] : [source]
    })
    without({ why: 'inhibition', by: awake.by, alerts: awake.muted })
    if (awake.left.length === 0) return []
    const intervals = intervalsOf(flush)
    if (intervals !== undefined) {
      without({ ...intervals, alerts: awake.left })
      return []
    }
    const heard = await part(awake.left, ({ fingerprint, labels }) => silences.silencedBy(fingerprint, labels))
    without({ why: 'silence', by: heard.by, alerts: heard.muted })
    return heard.left
  }

  return async (flush) => {
    const { route } = flush
    const withheld: WithheldAlerts[] = []
    const heard = await filter(flush, withheld)
    await deps.withheld.note(flush, withheld)
    if (heard.length === 0) return true
    const rest: Flush = heard.length === flush.alerts.length ? flush : { ...flush, alerts: heard }
    const told = await Promise.all(deps.targetsOf(route.receiver).map((target) => deps.deliverer.deliver(target, rest)))
    return told.every(Boolean)
  }
}
