import type { Place } from '../../config/index.ts'

/**
 * A file of tests of rules, as promtool reads them. Times are ms since the start of their test group.
 * Source: https://prometheus.io/docs/prometheus/3.5/configuration/unit_testing_rules/.
 */
export type RuleTestFile = {
  readonly file: string
  /** Paths and patterns, relative to the folder of the file. */
  readonly ruleFiles: readonly { readonly pattern: string; readonly place: Place }[]
  readonly evaluationIntervalMs: number
  readonly groupEvalOrder: readonly string[]
  /** Numbers that differ in the last bit are equal. */
  readonly fuzzyCompare: boolean
  readonly tests: readonly RuleTestGroup[]
}

export type RuleTestGroup = {
  /** Empty when it has none. */
  readonly name: string
  /** Between two points of the input series. */
  readonly intervalMs: number
  readonly inputSeries: readonly { readonly series: string; readonly values: string; readonly place: Place }[]
  readonly alertTests: readonly AlertTest[]
  readonly exprTests: readonly ExprTest[]
  readonly externalLabels: Readonly<Record<string, string>>
  readonly externalUrl: string
  /** Unix ms; not in Prometheus 3.5 yet. */
  readonly startMs: number
  readonly place: Place
}

export type AlertTest = {
  readonly evalTimeMs: number
  readonly alertname: string
  readonly expected: readonly {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }[]
  readonly place: Place
}

export type ExprTest = {
  readonly evalTimeMs: number
  readonly expr: string
  /** `histogram` counts where it is not empty. */
  readonly expected: readonly { readonly labels: string; readonly value: number; readonly histogram: string }[]
  readonly place: Place
}
