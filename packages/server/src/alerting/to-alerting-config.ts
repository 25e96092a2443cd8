import type { AlertingConfig } from './alerting-config.ts'
import type { AlertmanagerConfig } from './config/index.ts'
import type { NotifierDeps } from './notify/index.ts'
import { matchRoutes } from './route/index.ts'
import { createTimeIntervals } from './time-interval/index.ts'

/** What alerting runs by, from an alertmanager.yml that was found good. Builds the notifiers; nothing is sent or opened. */
export function toAlertingConfig(config: AlertmanagerConfig, deps: NotifierDeps): AlertingConfig {
  return {
    root: config.route,
    match: (labels) => matchRoutes(config.route, labels),
    inhibitRules: config.inhibitRules,
    timeIntervals: createTimeIntervals(config.timeIntervals),
    receivers: config.receivers.map(({ name, labels, integrations }) => ({
      name,
      labels,
      notifiers: integrations.map(({ checked, index }) => checked.create(deps, index)),
    })),
    resolveTimeoutMs: config.resolveTimeoutMs,
    yaml: config.yaml,
  }
}
