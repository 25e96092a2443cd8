import type { Labels } from '@binnacle/promql'
import type { InhibitRule, Route } from './config/index.ts'
import type { EscalationPolicy } from './escalation-policy.ts'
import type { Notifier } from './notify/index.ts'

/** What alerting runs by: an alertmanager.yml that was read, with its receivers built. */
export type AlertingConfig = {
  readonly root: Route
  /** Routes that take an alert, in their order; at least one. */
  readonly match: (labels: Labels) => readonly Route[]
  readonly inhibitRules: readonly InhibitRule[]
  readonly timeIntervals: {
    /** Those of `names` that hold at a moment (Unix ms), in their order. */
    activeOf(names: readonly string[], ms: number): readonly string[]
    /** Names of the intervals that mute a route at a moment. */
    mutedBy(route: Pick<Route, 'muteTimeIntervals' | 'activeTimeIntervals'>, ms: number): readonly string[]
  }
  /** In the order of the file. Alerting stops the notifiers when another configuration has taken their place. */
  readonly receivers: readonly {
    readonly name: string
    /** Those of the file, by which lists can be narrowed. */
    readonly labels?: Readonly<Record<string, string>>
    readonly notifiers: readonly Notifier[]
  }[]
  /** Who is told next while nobody acknowledges; absent: nobody. */
  readonly escalation?: readonly EscalationPolicy[]
  readonly resolveTimeoutMs: number
  /** As people may see it: secrets hidden. */
  readonly yaml: string
}
