import type { Labels } from '@binnacle/promql'
import { createPacer } from '../../telemetry/index.ts'
import type { Alert } from '../alert.ts'
import type { Route } from '../config/index.ts'
import { groupOf } from '../route/index.ts'
import { type AggregationGroup, createGroup, type GroupDeps } from './aggregation-group.ts'
import { createTurns } from './turns.ts'

export type DispatcherDeps = Omit<GroupDeps, 'onEmpty' | 'turns' | 'retire'> & {
  readonly match: (labels: Labels) => readonly Route[]
  /** A group was not made because there are too many. */
  readonly onTooMany: (alert: Alert, route: Route) => void
}

/** Sorts alerts into the groups of their routes. */
export type Dispatcher = {
  /** Long lists in pieces; no group speaks before all are in. */
  insert(alerts: Iterable<Alert>): Promise<void>
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
  const turns = createTurns(deps.clock)
  const retirement = new AbortController()
  let stopping: Promise<void> | undefined

  /** Routes may have equal keys: the second of two with the same matchers. */
  const idOf = (route: Route, key: string) => `${route.id} ${key}`

  function* groupsOf(alert: Alert): Generator<AggregationGroup> {
    for (const route of deps.match(alert.labels)) {
      const group = groups.get(idOf(route, groupOf(route, alert.labels).key))
      if (group !== undefined) yield group
    }
  }

  function insertOne(alert: Alert): void {
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
        const groupDeps = { clock: deps.clock, turns, retire: retirement.signal, flush: deps.flush, onEmpty }
        groups.set(id, createGroup(groupDeps, route, { labels, key }, alert))
      }
    }
  }

  return {
    async insert(alerts) {
      const release = turns.hold()
      const pace = createPacer(deps.clock)
      try {
        for (const alert of alerts) {
          if (stopping) return
          insertOne(alert)
          await pace()
        }
      } finally {
        release()
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
      retirement.abort(new Error('the routing was replaced'))
      stopping ??= Promise.all([...groups.values()].map((group) => group.stop())).then(() => {})
      return stopping
    },
  }
}
