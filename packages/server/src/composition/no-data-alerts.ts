import { labelRecord, labelsOf } from '@binnacle/promql'
import type { OtherAlerts } from '../alerting/index.ts'
import type { PrometheusAlerting } from '../metrics/intake/prometheus-config/index.ts'
import { relabel } from '../metrics/intake/relabel/index.ts'
import { noDataAlertsOf, type RulesConfig } from '../rules/index.ts'

/** What `rules.no_data` makes of the rules, as it comes to the routes: with external labels, and relabelled. */
export function sentNoDataAlerts(
  config: Pick<RulesConfig, 'files' | 'noData' | 'externalLabels'>,
  { alertRelabelRules }: Pick<PrometheusAlerting, 'alertRelabelRules'>,
): readonly OtherAlerts[] {
  const external = labelRecord(config.externalLabels)
  return noDataAlertsOf(config).flatMap(({ name, labels, annotations }) => {
    const sent = relabel(labelsOf({ ...external, ...labelRecord(labels) }), alertRelabelRules)
    return sent.kept ? [{ name, sets: [sent.labels], annotations }] : []
  })
}
