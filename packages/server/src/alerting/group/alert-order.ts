import { type Labels, labelValue } from '@binnacle/promql'
import { sortInSlices } from '../../telemetry/index.ts'
import type { Alert } from '../alert.ts'
import { compareBytes } from '../matcher/index.ts'

/**
 * A new list in the order that alerts have in a notification: by job, by instance, then by all labels; those without a job or
 * instance after those with one. Source: Alertmanager's `AlertSlice`.
 */
export function sortAlerts<A extends Pick<Alert, 'labels'>>(alerts: readonly A[]): A[] {
  return alerts
    .map(keyed)
    .sort(compareKeyed)
    .map(({ alert }) => alert)
}

/** The same, and gives way to the event loop now and then. */
export async function sortAlertsInSlices<A extends Pick<Alert, 'labels'>>(alerts: readonly A[]): Promise<A[]> {
  const sorted = await sortInSlices(alerts.map(keyed), compareKeyed)
  return sorted.map(({ alert }) => alert)
}

type Keyed<A> = { readonly alert: A; readonly job: string; readonly instance: string }

/** The two labels are looked up once an alert, not once a comparison. */
const keyed = <A extends Pick<Alert, 'labels'>>(alert: A): Keyed<A> => ({
  alert,
  job: labelValue(alert.labels, 'job'),
  instance: labelValue(alert.labels, 'instance'),
})

function compareKeyed(a: Keyed<Pick<Alert, 'labels'>>, b: Keyed<Pick<Alert, 'labels'>>): number {
  return (
    presentFirst(a.job, b.job) ||
    presentFirst(a.instance, b.instance) ||
    compareLabelSets(a.alert.labels, b.alert.labels)
  )
}

function presentFirst(a: string, b: string): number {
  if (a === b) return 0
  if (a === '') return 1
  if (b === '') return -1
  return compareBytes(a, b)
}

/** Fewer labels first, then by names and values. Source: prometheus/common, `LabelSet.Before`. */
export function compareLabelSets(a: Labels, b: Labels): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i += 2) {
    if (a[i] !== b[i]) {
      // The one that lacks the smaller name comes first.
      return -compareBytes(a[i]!, b[i]!)
    }
    if (a[i + 1] !== b[i + 1]) return compareBytes(a[i + 1]!, b[i + 1]!)
  }
  return 0
}
