import type { Labels } from '@binnacle/promql'
import type { Transition } from '../rules/index.ts'

/** Changes of state, and what people, silences, other alerts and chains of escalation did about an alert. */
export type EventKind = 'state' | CareEvent['kind']

/** From where somebody acknowledged: a page, a page that the link of a message led to, the command line, another program. */
export type Via = 'page' | 'link' | 'cli' | 'api'

/** What happened about an alert without a change of its state. */
export type CareEvent = {
  readonly id: string
  readonly atMs: number
  readonly fingerprint: string
  readonly labels: Labels
  readonly kind: 'acknowledgement' | 'silence' | 'inhibition' | 'escalation'
  /** `told`: a level of escalation; `ended` of an escalation: it climbs no further. */
  readonly what: 'began' | 'ended' | 'told'
  /** Who acknowledged or took it back, who made the silence, which alert inhibits. */
  readonly by?: string
  readonly via?: Via
  readonly note?: string
  /** Id of the silence, fingerprint of the alert that inhibits, name of the policy. */
  readonly ref?: string
  /** From 1. */
  readonly level?: number
  /** Whom the level names. */
  readonly names?: readonly string[]
}

export type HistoryEvent = Transition | CareEvent
