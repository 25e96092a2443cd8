import type { Labels } from '@binnacle/promql'
import type { Alert } from '../alert.ts'
import type { Route } from '../config/index.ts'
import { groupOf } from '../route/index.ts'
import { type AggregationGroup, createGroup, type GroupDeps } from './aggregation-group.ts'

export type DispatcherDeps = Omit<GroupDeps, 'onEmpty'> & {
  readonly match: (labels: Labels) => readonly Route[]
  /** A group was not made because there are too many. */
  readonly onTooMany: (alert: Alert, route: Route) => void
}

/** Sorts alerts into the groups of their routes. */
export type Dispatcher = {
  insert(alert: Alert): void
  /** Of an alert that has ended without being heard of. */
  update(alert: Alert): void
  /** Whether a group still has something to tell about it. */
  holds(alert: Alert): boolean
  groups(): readonly AggregationGroup[]
  readonly size: number
  /** Tells nothing any more; resolves when what is being told has ended. */
  stop(): Promise<void>
}

export function createDispatcher(deps: DispatcherDeps, { maxGroups }: { readonly maxGroups: number }): Dispatcher {
  const groups = new Map<string, AggregationGroup>()
  let stopping: Promise<void> | undefined

  /** Routes may have equal keys: the second of two with the same matchers. */
  const idOf = (route: Route, key: string) => `${route.id} ${key}`

  function* groupsOf(alert: Alert): Generator<AggregationGroup> {
    for (const route of deps.match(alert.labels)) {
      const group = groups.get(idOf(route, groupOf(route, alert.labels).key))
      if (group !== undefined) yield group
    }
  }

  return {
    insert(alert) {
      if (stopping) return
      for (const route of deps.match(alert.labels)) {
        const { labels, key } = groupOf(route, alert.labels)
        const id = idOf(route, key)
        const group = groups.get(id)
        if (group !== undefined) {
          group.insert(alert)
        } else if (groups.size >= maxGroups) {
          deps.onTooMany(alert, route)
        } else {
          const onEmpty = (empty: AggregationGroup) => {
            if (groups.get(id) === empty) groups.delete(id)
          }
          groups.set(id, createGroup({ clock: deps.clock, flush: deps.flush, onEmpty }, route, { labels, key }, alert))
        }
      }
    },
    update(alert) {
      for (const group of groupsOf(alert)) group.update(alert)
    },
    holds(alert) {
      for (const group of groupsOf(alert)) if (group.alerts.has(alert.fingerprint)) return true
      return false
    },
    groups: () => [...groups.values()],
    get size() {
      return groups.size
    },
    stop() {
      stopping ??= Promise.all([...groups.values()].map((group) => group.stop())).then(() => {})
      return stopping
    },
  }
}
