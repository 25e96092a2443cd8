import type { Matcher } from './matcher/index.ts'

/** One step of a policy. */
export type EscalationLevel = {
  /** From the beginning of the chain, ms. */
  readonly afterMs: number
  /** Names as the settings give them: receivers and people. */
  readonly names: readonly string[]
  /** Receivers of alertmanager.yml that are told, those of people included; no name twice. */
  readonly receivers: readonly string[]
  /** Which of the policy's alerts climb so far; empty: all. */
  readonly matchers: readonly Matcher[]
}

export type EscalationPolicy = {
  readonly name: string
  /** Which alerts it is for; empty: all. */
  readonly matchers: readonly Matcher[]
  /** Alerts with equal values of these labels climb together. */
  readonly groupBy: readonly string[]
  /** By their time, earliest first; at least one. */
  readonly levels: readonly EscalationLevel[]
  /** How often the highest level that was told is told again, ms; absent: never. */
  readonly repeatMs?: number
}
