import type { Settings } from '../config/settings/index.ts'
import type { ConfigWarning, PrometheusAlerting } from '../metrics/intake/prometheus-config/index.ts'
import type { ReadPrometheusConfig } from './config-state.ts'

export type ReadExternal = { readonly config: PrometheusAlerting; readonly warnings: readonly ConfigWarning[] }

/** Where alerts of rules go beside the built-in alerting; a warning where people would be told from two places. */
export function externalAlertmanagersOf(
  { alerting }: Pick<ReadPrometheusConfig, 'alerting'>,
  settings: Pick<Settings, 'alerting' | 'alertmanager_config' | 'prometheus_config'>,
): ReadExternal {
  if (alerting.alertmanagers.length === 0) return { config: alerting, warnings: [] }
  if (!settings.alerting.send_to_alertmanagers) return { config: { ...alerting, alertmanagers: [] }, warnings: [] }
  if (settings.alertmanager_config === undefined) return { config: alerting, warnings: [] }
  const { file = settings.prometheus_config ?? '', line = 1, column = 1 } = alerting.place
  const message =
    'alertmanagers: alerts go to these Alertmanagers, and alertmanager.yml has Binnacle tell people too; ' +
    'alerting.send_to_alertmanagers: false leaves it to Binnacle'
  return { config: alerting, warnings: [{ file, line, column, message }] }
}
