import type { Place } from '../../config/index.ts'
import type { Matcher } from '../matcher/index.ts'

/** A route with everything that it inherits filled in. Source: Alertmanager's documentation, "Configuration", `<route>`. */
export type Route = {
  /** As Alertmanager makes it: parents' matchers joined by `/`. The same text is the start of group keys. */
  readonly key: string
  /** Such as `0.2.1`: the place in the tree, unique. The root is `0`. */
  readonly id: string
  readonly receiver: string
  readonly matchers: readonly Matcher[]
  readonly continue: boolean
  /** Sorted; `all` for `...`. */
  readonly groupBy: readonly string[] | 'all'
  readonly groupWaitMs: number
  readonly groupIntervalMs: number
  readonly repeatIntervalMs: number
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
  readonly routes: readonly Route[]
  /** Which of the settings above the route says itself; the others are inherited. */
  readonly own: ReadonlySet<string>
  readonly place: Place
}

/** Source: Alertmanager's documentation, "Configuration", `<inhibit_rule>`. */
export type InhibitRule = {
  readonly name: string
  readonly sourceMatchers: readonly Matcher[]
  readonly targetMatchers: readonly Matcher[]
  /** Label names that must have equal values on both; empty: none need to. */
  readonly equal: readonly string[]
  readonly place: Place
}
