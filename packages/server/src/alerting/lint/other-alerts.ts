import { type Labels, labelValue } from '@binnacle/promql'
import type { Alert } from '../alert.ts'

/** Alerts of one name that came from elsewhere. */
export type OtherAlerts = {
  readonly name: string
  readonly sets: readonly Labels[]
  /** Names of the annotations that they have. */
  readonly annotations: ReadonlySet<string>
}

/** More names, and more alerts of one name, tell nothing new of what a sender gives to its alerts. */
const MAX_NAMES = 1000
const MAX_SETS = 100

/** What is to be known of the alerts of other senders, name by name. */
export function summarizeAlerts(alerts: Iterable<Pick<Alert, 'labels' | 'annotations'>>): readonly OtherAlerts[] {
  const byName = new Map<string, { name: string; sets: Labels[]; annotations: Set<string> }>()
  for (const { labels, annotations } of alerts) {
    const name = labelValue(labels, 'alertname')
    let known = byName.get(name)
    if (known === undefined) {
      if (byName.size >= MAX_NAMES) continue
      known = { name, sets: [], annotations: new Set() }
      byName.set(name, known)
    }
    if (known.sets.length >= MAX_SETS) continue
    known.sets.push(labels)
    for (let i = 0; i < annotations.length; i += 2) known.annotations.add(annotations[i]!)
  }
  return [...byName.values()]
}
