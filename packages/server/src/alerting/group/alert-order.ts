import { type Labels, labelValue } from '@binnacle/promql'
import type { Alert } from '../alert.ts'
import { compareBytes } from '../matcher/index.ts'

/**
 * A new list in the order that alerts have in a notification: by job, by instance, then by all labels; those without a job or
 * instance after those with one. Source: Alertmanager's `AlertSlice`.
 */
export function sortAlerts<A extends Pick<Alert, 'labels'>>(alerts: readonly A[]): A[] {
  // The two labels are looked up once an alert, not once a comparison.
  const keyed = alerts.map((alert) => ({
    alert,
    job: labelValue(alert.labels, 'job'),
    instance: labelValue(alert.labels, 'instance'),
  }))
  keyed.sort(
    (a, b) =>
      presentFirst(a.job, b.job) ||
      presentFirst(a.instance, b.instance) ||
      compareLabelSets(a.alert.labels, b.alert.labels),
  )
  return keyed.map(({ alert }) => alert)
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
