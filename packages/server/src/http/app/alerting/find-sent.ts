import { type Labels, labelPairs, labelsOf, labelValue } from '@binnacle/promql'
import { fingerprintOf } from '../../../alerting/index.ts'

/** Comparisons for one alert, where neither its own labels nor those that were learned find it. */
const MOST_COMPARED = 200

/** Alerts of rules keep their labels from one look to the next. */
const known = new WeakMap<Labels, string>()

function knownFingerprintOf(labels: Labels): string {
  let found = known.get(labels)
  if (found === undefined) {
    found = fingerprintOf(labels)
    known.set(labels, found)
  }
  return found
}

/** Finds the alert that a rule's alert was sent as. */
export type FindSent<T> = (labels: Labels) => T | undefined

/**
 * Alerts are sent with external labels in addition, and may be relabelled. What came in addition once is tried first for the
 * next, so that thousands are found without comparing each with each.
 */
export function createFindSent<T extends { readonly fingerprint: string; readonly labels: Labels }>(
  sent: readonly T[],
): FindSent<T> {
  const byId = new Map(sent.map((one) => [one.fingerprint, one]))
  let added: readonly (readonly [string, string])[] = []
  return (labels) => {
    const same = byId.get(knownFingerprintOf(labels))
    if (same !== undefined || sent.length === 0) return same
    if (added.length > 0) {
      const found = byId.get(fingerprintOf(labelsOf([...labelPairs(labels), ...added])))
      if (found !== undefined) return found
    }
    for (let i = 0; i < sent.length && i < MOST_COMPARED; i++) {
      const one = sent[i]!
      if (!includes(one.labels, labels)) continue
      added = labelPairs(one.labels).filter(([name]) => labelValue(labels, name) === '')
      return one
    }
    return undefined
  }
}

function includes(labels: Labels, part: Labels): boolean {
  for (let i = 0; i < part.length; i += 2) if (labelValue(labels, part[i]!) !== part[i + 1]) return false
  return true
}
