import type { BinnacleError, Place, YamlDocument } from '../../config/index.ts'
import type { ConfigWarning } from '../../metrics/intake/prometheus-config/index.ts'
import type { Matcher } from '../matcher/index.ts'
import type { CheckedIntegration, Globals } from '../notify/index.ts'
import type { NamedTimeInterval } from '../time-interval/index.ts'

/** A route with everything that it inherits filled in. Source: Alertmanager's documentation, "Configuration", `<route>`. */
export type Route = {
  /** As Alertmanager makes it: parents' matchers joined by `/`. The same text is the start of group keys. */
  readonly key: string
  /** Such as `0.2.1`: the place in the tree, unique. The root is `0`. */
  readonly id: string
  readonly receiver: string
  /** Sorted; those of `match`, `match_re` and `matchers` together. */
  readonly matchers: readonly Matcher[]
  readonly continue: boolean
  /** Sorted; `all` for `...`. */
  readonly groupBy: readonly string[] | 'all'
  readonly groupWaitMs: number
  readonly groupIntervalMs: number
  readonly repeatIntervalMs: number
  /** These two are not inherited. */
  readonly muteTimeIntervals: readonly string[]
  readonly activeTimeIntervals: readonly string[]
  readonly routes: readonly Route[]
  /** Which of the settings above the route says itself, by their keys in the file; the others are inherited. */
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

export type ReceiverConfig = {
  readonly name: string
  /** `name` among them. */
  readonly labels: Readonly<Record<string, string>>
  /** In Alertmanager's order of kinds; `index` counts within a kind. */
  readonly integrations: readonly {
    readonly checked: CheckedIntegration
    readonly index: number
    readonly place: Place
  }[]
  readonly place: Place
}

/** alertmanager.yml in our types, everything filled in. */
export type AlertmanagerConfig = {
  readonly file: string
  readonly resolveTimeoutMs: number
  readonly globals: Globals
  /** The root: takes all alerts. */
  readonly route: Route
  readonly inhibitRules: readonly InhibitRule[]
  readonly receivers: readonly ReceiverConfig[]
  readonly timeIntervals: readonly NamedTimeInterval[]
  /** Globs of template files, absolute. */
  readonly templates: readonly string[]
  /** The file as YAML with its globals filled in, secrets replaced by `<secret>`; Alertmanager's own tools read it. */
  readonly yaml: string
}

export type CheckedAlertmanagerConfig = {
  /** There when there are no errors. */
  readonly config?: AlertmanagerConfig
  /** The file with variables of the environment in it; absent when it is no YAML. */
  readonly document?: YamlDocument
  readonly errors: readonly BinnacleError[]
  readonly warnings: readonly ConfigWarning[]
}
