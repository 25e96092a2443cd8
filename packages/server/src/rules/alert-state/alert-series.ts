import type { Labels } from '@binnacle/promql'
import { overlaid } from '../labels.ts'
import { type OutputSeries, outputSeries } from '../output/index.ts'
import type { AlertInstance } from './alert-instance.ts'

export const ALERTS = 'ALERTS'
export const ALERTS_FOR_STATE = 'ALERTS_FOR_STATE'

/** The series that tell of one alert; each is made when it is first needed. */
export type AlertSeries = {
  /** `ALERTS` with the state it has. */
  state(alert: AlertInstance): OutputSeries
  /** `ALERTS_FOR_STATE`. */
  since(alert: AlertInstance): OutputSeries
}

type Known = { readonly byState: Map<string, OutputSeries>; since: OutputSeries | undefined }

/**
 * Labels are the alert's over those of the rule: where a template gives nothing, the rule's own text stays, as in
 * Prometheus.
 */
export function createAlertSeries(alertname: string, ruleLabels: Labels): AlertSeries {
  const known = new WeakMap<AlertInstance, Known>()

  function of(alert: AlertInstance): Known {
    let one = known.get(alert)
    if (one === undefined) {
      one = { byState: new Map(), since: undefined }
      known.set(alert, one)
    }
    return one
  }

  const withName = (alert: AlertInstance, name: string, state?: string) =>
    overlaid(overlaid(ruleLabels, alert.labels), [
      '__name__',
      name,
      'alertname',
      alertname,
      ...(state === undefined ? [] : ['alertstate', state]),
    ])

  return {
    state(alert) {
      const { byState } = of(alert)
      let series = byState.get(alert.state)
      if (series === undefined) {
        series = outputSeries(withName(alert, ALERTS, alert.state))
        byState.set(alert.state, series)
      }
      return series
    },
    since(alert) {
      const one = of(alert)
      one.since ??= outputSeries(withName(alert, ALERTS_FOR_STATE))
      return one.since
    },
  }
}
