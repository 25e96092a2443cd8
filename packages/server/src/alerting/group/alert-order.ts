import { type Labels, labelValue } from '@binnacle/promql'
import type { Alert } from '../alert.ts'
import { compareBytes } from '../matcher/index.ts'

/** The order of alerts in a notification: by job, by instance, then by all labels. Source: Alertmanager's `AlertSlice`. */
export function compareAlerts(a: Alert, b: Alert): number {
  return by('job', a, b) || by('instance', a, b) || compareLabelSets(a.labels, b.labels)
}

function by(name: string, a: Alert, b: Alert): number {
  const left = labelValue(a.labels, name)
  const right = labelValue(b.labels, name)
  if (left === right) return 0
  if (left === '') return 1
  if (right === '') return -1
  return compareBytes(left, right)
}

/** Fewer labels first, then by names and values. Source: prometheus/common, `LabelSet.Before`. */
export function compareLabelSets(a: Labels, b: Labels): number {
  if (a.length !== b.length) return a.length - b.length
  for (let i = 0; i < a.length; i += 2) {
    const names = compareBytes(a[i]!, b[i]!)
    // The one that lacks the smaller name comes first.
    if (names !== 0) return -names
    const values = compareBytes(a[i + 1]!, b[i + 1]!)
    if (values !== 0) return values
  }
  return 0
}
