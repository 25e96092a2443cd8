import type { Labels } from '@binnacle/promql'
import type { Clock } from '../../telemetry/index.ts'
import { type Alert, isResolvedAt } from '../alert.ts'
import type { Route } from '../config/index.ts'
import { sortAlerts } from './alert-order.ts'
import { afterLong } from './long-timer.ts'
import type { Turns } from './turns.ts'

/** A notification is given up after this long at the earliest, however short `group_interval` is. */
const SHORTEST_FLUSH_MS = 10_000

/** What is to be told about a group at one time. */
export type Flush = {
  readonly route: Route
  readonly groupKey: string
  readonly groupLabels: Labels
  /** In their order; ended ones included. */
  readonly alerts: readonly Alert[]
  /** When it came due; the only time that its notifications look at. */
  readonly nowMs: number
  /** It must be done by then, on the monotonic clock. */
  readonly deadlineMs: number
  /** Of `GroupDeps`. */
  readonly retire: AbortSignal
}

export type GroupDeps = {
  readonly clock: Clock
  readonly turns: Turns
  /** Aborts when the routing is replaced: an attempt that is under way may end, no further one begins. */
  readonly retire: AbortSignal
  /** Tells about the group. False: not all were told; they are told again after `group_interval`. Does not throw. */
  readonly flush: (flush: Flush) => Promise<boolean>
  /** The last alert has ended and was told. */
  readonly onEmpty: (group: AggregationGroup) => void
}

/** Alerts of one route with equal values of the labels that it groups by. Source: Alertmanager's `dispatch` (behaviour). */
export type AggregationGroup = {
  readonly route: Route
  readonly key: string
  readonly labels: Labels
  readonly alerts: ReadonlyMap<string, Alert>
  insert(alert: Alert): void
  /** Puts what is known of an alert in the place of what was; without effect when the group does not have it. */
  update(alert: Alert): void
  /** Tells nothing any more, once `retire` has aborted; resolves when what is being told has ended. */
  stop(): Promise<void>
}

export function createGroup(
  deps: GroupDeps,
  route: Route,
  { labels, key }: { readonly labels: Labels; readonly key: string },
  first: Alert,
): AggregationGroup {
  const { clock } = deps
  const alerts = new Map<string, Alert>([[first.fingerprint, first]])
  let running: Promise<void> | undefined
  let due = false
  let stopped = false
  // What has been firing for longer than the wait, after a restart say, does not wait once more.
  let cancel = set(first.startsAtMs + route.groupWaitMs < clock.now() ? 0 : route.groupWaitMs)

  function set(ms: number): () => void {
    return afterLong(clock, ms, () => {
      due = true
      running ??= work()
    })
  }

  async function work(): Promise<void> {
    while (due && !stopped) {
      due = false
      cancel = set(route.groupIntervalMs)
      const nowMs = clock.now()
      // Thousands of groups may come due in one moment.
      await deps.turns.take()
      if (!stopped) await flushOnce(nowMs)
    }
    running = undefined
  }

  async function flushOnce(nowMs: number): Promise<void> {
    const seen = [...alerts.values()]
    const all = sortAlerts(seen.map((alert) => ended(alert, nowMs)))
    const told = await deps.flush({
      route,
      groupKey: key,
      groupLabels: labels,
      alerts: all,
      nowMs,
      deadlineMs: clock.monotonic() + Math.max(route.groupIntervalMs, SHORTEST_FLUSH_MS),
      retire: deps.retire,
    })
    if (!told || stopped) return
    for (const alert of seen) {
      // One that was heard of again meanwhile stays.
      if (isResolvedAt(alert, nowMs) && alerts.get(alert.fingerprint) === alert) alerts.delete(alert.fingerprint)
    }
    if (alerts.size > 0) return
    stopped = true
    cancel()
    deps.onEmpty(group)
  }

  const group: AggregationGroup = {
    route,
    key,
    labels,
    alerts,
    insert(alert) {
      alerts.set(alert.fingerprint, alert)
    },
    update(alert) {
      if (alerts.has(alert.fingerprint)) alerts.set(alert.fingerprint, alert)
    },
    async stop() {
      stopped = true
      cancel()
      await running
    },
  }
  return group
}

/** An end that has passed without a word gets its reason even before the alerts are looked through for such. */
function ended(alert: Alert, nowMs: number): Alert {
  if (!isResolvedAt(alert, nowMs) || alert.resolvedReason !== undefined) return alert
  return Object.freeze({ ...alert, resolvedReason: 'expired' })
}
