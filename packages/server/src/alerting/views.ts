import { type Labels, labelValue } from '@binnacle/promql'
import { RE2JS } from 're2js'
import { BinnacleError, messageOf } from '../config/index.ts'
import { type Clock, createPromptPacer, sortInSlices } from '../telemetry/index.ts'
import type { Acknowledgements } from './acknowledge/index.ts'
import { type Alert, isResolvedAt } from './alert.ts'
import type { AlertFilter, AlertGroupView, AlertView, RoutingExplanation, RoutingView } from './alerting.ts'
import type { AlertStore } from './alerts/index.ts'
import { compareLabelSets, sortAlertsInSlices } from './group/index.ts'
import { matchesAll } from './matcher/index.ts'
import { groupOf } from './route/index.ts'
import type { Router } from './router.ts'
import type { Silences } from './silence/index.ts'

export type ViewDeps = {
  readonly clock: Clock
  readonly store: AlertStore
  readonly silences: Silences
  readonly acknowledgements: Acknowledgements
  readonly router: () => Router
}

/**
 * What people see of the alerts as they are now. Lists are made in slices, so that a hundred thousand alerts do not hold the
 * event loop: what changes while one is made may be in it or not. Source of states and orders: Alertmanager's API v2.
 */
export type Views = {
  alerts(filter: AlertFilter): Promise<readonly AlertView[]>
  groups(filter: AlertFilter): Promise<readonly AlertGroupView[]>
  routing(): RoutingView
  explain(labels: Labels): RoutingExplanation
  /** Whether somebody keeps the alert quiet now. */
  isSuppressed(alert: Alert): boolean
}

export function createViews({ clock, store, silences, acknowledgements, router }: ViewDeps): Views {
  function view(alert: Alert, receivers: readonly string[], mutedBy: readonly string[], nowMs: number): AlertView {
    const silencedBy = silences.silencedBy(alert.fingerprint, alert.labels)
    const inhibitor = router().inhibitor.inhibitedBy(alert.labels, nowMs)
    const acknowledged = acknowledgements.get(alert.fingerprint)
    return {
      ...alert,
      state: silencedBy.length > 0 || inhibitor !== undefined ? 'suppressed' : 'active',
      receivers,
      silencedBy,
      inhibitedBy: inhibitor === undefined ? [] : [inhibitor],
      mutedBy,
      ...(acknowledged === undefined ? {} : { acknowledged }),
    }
  }

  return {
    async alerts(filter) {
      const pace = createPromptPacer(clock)
      const nowMs = clock.now()
      const { config } = router()
      const wanted = receiverTest(filter.receiver)
      const result: AlertView[] = []
      for (const alert of store.values()) {
        await pace()
        if (isResolvedAt(alert, nowMs) || !matchesAll(filter.matchers ?? [], alert.labels)) continue
        const routes = config.match(alert.labels)
        const receivers = routes.map(({ receiver }) => receiver)
        if (!receivers.some(wanted)) continue
        // An alert with a way that is open now is not muted.
        const muted = routes.map((route) => config.timeIntervals.mutedBy(route, nowMs))
        const mutedBy = muted.every((names) => names.length > 0) ? [...new Set(muted.flat())].sort() : []
        const one = view(alert, receivers, mutedBy, nowMs)
        if (passes(one, filter)) result.push(one)
      }
      return sortInSlices(result, (a, b) => (a.fingerprint < b.fingerprint ? -1 : 1))
    },
    async groups(filter) {
      const pace = createPromptPacer(clock)
      const nowMs = clock.now()
      const { config, dispatcher } = router()
      const wanted = receiverTest(filter.receiver)
      const found: AlertGroupView[] = []
      const receiversOf = new Map<string, string[]>()
      for (const group of dispatcher.groups()) {
        const { receiver, id } = group.route
        if (!wanted(receiver)) continue
        const mutedBy = config.timeIntervals.mutedBy(group.route, nowMs)
        if (filter.muted === false && mutedBy.length > 0) continue
        const alerts: AlertView[] = []
        for (const alert of group.alerts.values()) {
          await pace()
          if (isResolvedAt(alert, nowMs) || !matchesAll(filter.matchers ?? [], alert.labels)) continue
          const one = view(alert, [], mutedBy, nowMs)
          if (!passes(one, { ...filter, muted: true })) continue
          alerts.push(mutedBy.length > 0 ? { ...one, state: 'suppressed' } : one)
          const receivers = receiversOf.get(alert.fingerprint)
          if (receivers === undefined) receiversOf.set(alert.fingerprint, [receiver])
          else receivers.push(receiver)
        }
        if (alerts.length > 0)
          found.push({
            key: group.key,
            routeId: id,
            receiver,
            labels: group.labels,
            alerts: await sortAlertsInSlices(alerts),
          })
      }
      for (const receivers of receiversOf.values()) receivers.sort()
      const views: AlertGroupView[] = []
      for (const group of found) {
        const alerts: AlertView[] = []
        for (const one of group.alerts) {
          await pace()
          alerts.push({ ...one, receivers: receiversOf.get(one.fingerprint) ?? [] })
        }
        views.push({ ...group, alerts })
      }
      return sortInSlices(
        views,
        (a, b) =>
          compareLabelSets(a.labels, b.labels) || (a.receiver < b.receiver ? -1 : a.receiver > b.receiver ? 1 : 0),
      )
    },
    routing() {
      const nowMs = clock.now()
      const { config, dispatcher } = router()
      const liveCounts = new Map<string, number>()
      for (const { route, alerts } of dispatcher.groups()) {
        let live = 0
        for (const alert of alerts.values()) if (!isResolvedAt(alert, nowMs)) live++
        if (live > 0) liveCounts.set(route.id, (liveCounts.get(route.id) ?? 0) + live)
      }
      return { root: config.root, inhibitRules: config.inhibitRules, liveCounts }
    },
    explain(labels) {
      const nowMs = clock.now()
      const { config, inhibitor } = router()
      const source = inhibitor.inhibitedBy(labels, nowMs)
      return {
        routes: config.match(labels).map((route) => {
          const grouped = groupOf(route, labels)
          return {
            routeId: route.id,
            receiver: route.receiver,
            groupKey: grouped.key,
            groupLabels: grouped.labels,
            mutedBy: config.timeIntervals.mutedBy(route, nowMs),
          }
        }),
        silencedBy: silences.silencing(labels),
        inhibitedBy: source === undefined ? [] : [source],
      }
    },
    isSuppressed({ fingerprint, labels }) {
      return (
        silences.silencedBy(fingerprint, labels).length > 0 ||
        router().inhibitor.inhibitedBy(labels, clock.now()) !== undefined
      )
    },
  }
}

function passes(alert: AlertView, filter: AlertFilter): boolean {
  return !(
    (filter.active === false && alert.state === 'active') ||
    (filter.silenced === false && alert.silencedBy.length > 0) ||
    (filter.inhibited === false && alert.inhibitedBy.length > 0) ||
    (filter.muted === false && alert.mutedBy.length > 0) ||
    (filter.unprocessed === false && alert.state === 'unprocessed')
  )
}

/** Throws `alerting.bad_filter`. */
function receiverTest(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true
  let regex: RE2JS
  try {
    regex = RE2JS.compile(`^(?:${pattern})$`)
  } catch (error) {
    throw new BinnacleError('alerting.bad_filter', `failed to parse receiver param: ${messageOf(error)}`)
  }
  return (name) => regex.test(name)
}

/** What people call the thing that an alert is about. */
export const serviceOf = (labels: Labels) => labelValue(labels, 'service') || labelValue(labels, 'job')
