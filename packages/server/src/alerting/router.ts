import type { Labels } from '@binnacle/promql'
import type { Clock, Logger } from '../telemetry/index.ts'
import type { Alert } from './alert.ts'
import type { AlertingConfig } from './alerting-config.ts'
import type { Route } from './config/index.ts'
import { createPipeline, type Deliverer, type DeliveryMetrics, type Target } from './deliver/index.ts'
import { createDispatcher, type Dispatcher } from './group/index.ts'
import { createInhibitor, type Inhibitor } from './inhibit/index.ts'
import type { WithheldRecords } from './quiet/index.ts'
import type { Silences } from './silence/index.ts'

/** Everything that goes by one configuration; a reload makes a new one. */
export type Router = {
  readonly config: AlertingConfig
  readonly inhibitor: Inhibitor
  readonly dispatcher: Dispatcher
  readonly targets: ReadonlyMap<string, readonly Target[]>
  /** Tells nothing any more; then lets its connections go. */
  stop(): Promise<void>
}

export type RouterDeps = {
  readonly clock: Clock
  readonly log: Logger
  readonly silences: Silences
  readonly metrics: DeliveryMetrics
  readonly deliverer: Deliverer
  readonly withheld: WithheldRecords
  readonly makeTarget: (receiver: string, notifier: AlertingConfig['receivers'][number]['notifiers'][number]) => Target
  readonly onTooMany: (alert: Alert) => void
}

export function createRouter(deps: RouterDeps, given: AlertingConfig, maxGroups: number): Router {
  // Alerts come again and again, and their labels are kept as one object.
  const routesOf = new WeakMap<Labels, readonly Route[]>()
  const config: AlertingConfig = {
    ...given,
    match(labels) {
      const known = routesOf.get(labels)
      if (known !== undefined) return known
      const routes = given.match(labels)
      routesOf.set(labels, routes)
      return routes
    },
  }
  const { clock, silences, metrics, deliverer } = deps
  const inhibitor = createInhibitor(config.inhibitRules)
  const targets = new Map(
    config.receivers.map(({ name, notifiers }) => [name, notifiers.map((notifier) => deps.makeTarget(name, notifier))]),
  )
  const flush = createPipeline({
    clock,
    inhibitor,
    silences,
    timeIntervals: config.timeIntervals,
    metrics,
    deliverer,
    withheld: deps.withheld,
    targetsOf: (receiver) => targets.get(receiver) ?? [],
  })
  const dispatcher = createDispatcher(
    {
      clock,
      match: config.match,
      onTooMany: deps.onTooMany,
      async flush(one) {
        try {
          return await flush(one)
        } catch (error) {
          deps.log.error({ error, group: one.groupKey }, 'a group of alerts met a bug')
          return false
        }
      },
    },
    { maxGroups },
  )
  return {
    config,
    inhibitor,
    dispatcher,
    targets,
    async stop() {
      await dispatcher.stop()
      await Promise.all(config.receivers.flatMap(({ notifiers }) => notifiers.map((notifier) => notifier.stop())))
    },
  }
}
